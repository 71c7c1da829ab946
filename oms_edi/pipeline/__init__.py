"""The steps: the only place where effects and decisions meet.

collect → ingest → fulfill → release → notify → deliver; `run` strings them together, `steps` names
those that the journal keeps. One folder a subject; imports point down this list, as `lint-imports`
enforces. Where is what:

(here): a pass, its steps, and a pass over one file on a copy of the book
    check run steps

history: replay and simulation from the journal
    difference other_side replay simulate

delivery: out to folders and servers; visits fetch, too
    calls deliver send_again skip_numbers visit_result visits

intake: from an inbox, a server, a portal or a clerk into a judgment
    answered api_orders book_sets collect ingest ingest_orders ingest_stock ingest_x12 new_order
    quarantine read_set room take_order unread

people: acts, exceptions, clocks, notifications
    acts clocks compose escalate see_to tell value watch

master: items, prices, customers, coming goods from CSV
    import_customers import_inbound import_supplier_items imports master_file refer template

decisions: who gets what from where, and why
    allocate availability decide_order fairness fulfill promise quote reconsider share trace

shipping: 940 and 850 out, 945 and supplier's 856 in, 856 out
    ask_warehouse buy hear_supplier not_shipped notify packing purchase_done reconcile release
    supplier_answer warehouse_said

changes: 860 and cancels, from the partner to the 865
    answer_change apply_change applying bring_back_dates cancel change_added change_answers
    change_header change_terms compare_change expire settle_changes take_change withdraw

orders: a partner's words into ours
    cure enrich find_place findings holding money terms

replies: 855, 870 and what else customers are told
    acknowledge_order answer_inquiry answers inquired order_words read_status report_status
    standing told_status write_status

stock: counts, receipts, adjustments, goods to come
    accept_count adjust_stock count_stock drift expect receive_stock stock_terms supplier_stock
    take_back

frame: the step, its turn in the journal, batches, documents owed
    attention companion each_order feeds node_party outcome outgoing step turns workload
"""
