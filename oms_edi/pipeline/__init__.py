"""The steps: the only place where effects and decisions meet.

collect → ingest → fulfill → release → notify → deliver; `run` strings them together. Where is what:

frame: a pass, its steps, what the journal keeps of each
    attention check difference each_order other_side outcome outgoing replay run simulate step
    steps turns

files: from an inbox or a server into a judgment
    book_sets collect ingest ingest_orders ingest_stock ingest_x12 quarantine read_set room
    unread

servers: visits and calls across the network
    calls visit_result visits

orders: a partner's words into ours, and into the book
    api_orders companion cure enrich find_place findings holding money new_order refer
    take_order terms

decisions: who gets what from where
    allocate availability decide_order fairness fulfill promise quote reconsider release share
    take_back trace workload

answers: 855, 870 and what else customers are told
    acknowledge_order answer_inquiry answered answers inquired order_words read_status
    report_status standing told_status write_status

changes: 860 and cancels, from the partner to the 865
    answer_change apply_change applying ask_warehouse bring_back_dates cancel change_added
    change_answers change_header change_terms compare_change expire settle_changes take_change
    warehouse_said withdraw

shipping: 945 in, 856 out
    deliver node_party not_shipped notify packing purchase_done reconcile send_again
    skip_numbers

suppliers: who ships for us
    buy hear_supplier supplier_answer supplier_stock

stock: counts, receipts, adjustments, goods to come
    accept_count adjust_stock count_stock drift expect feeds receive_stock stock_terms

people: acts, exceptions, clocks, notifications
    acts clocks compose escalate see_to tell value watch

master: items, prices, customers from CSV
    import_customers import_inbound import_supplier_items imports master_file template
"""
