"""What a kind of exception or hold is called where its name alone does not say what is wrong."""

#: Any other is its name as words: `short_shipped` is `Short shipped`.
TITLES = {
    # Orders.
    "duplicate": "Duplicate PO",
    "amendment": "Possible amendment",
    "date": "Dates cannot be met",
    "pack": "Not a whole pack",
    "manual": "Held by a person",
    "unknown_order": "Change to an unknown order",
    "warning": "Something odd",
    "order_stuck": "Order is stuck",
    "rule": "Rule broken",
    # Finance.
    "price": "Price differs",
    "credit": "Over the credit limit",
    "approval": "Needs approval",
    "minimum": "Below the minimum",
    # Master data.
    "unit": "Unit unknown",
    "address": "Ship-to unknown",
    "unknown_stock_item": "Unknown item in a count",
    # Stock.
    "cut_short": "Cut for lack of stock",
    "unknown_node": "Count of an unknown node",
    "stale_feed": "Stock feed is stale",
    # Warehouse.
    "notice_overdue": "856 overdue",
    "shipped_anyway": "Shipped all the same",
    "receipt_total": "Receipt does not add up",
    "unknown_reason": "Adjustment without a known reason",
    # Files and documents.
    "file_partly": "File partly taken",
    "ack_overdue": "997 overdue",
    "answer_changed": "997 changed",
    "answer_overdue": "855 overdue",
    "silence": "Partner is silent",
    # The machine.
    "disk_low": "Disk nearly full",
    "file_waits": "File cannot be read yet",
    "endpoint_refused": "Server refuses us",
    "endpoint_down": "Server is down",
    "visit_failed": "Visit to a server failed",
    "remote_files_skipped": "Files on a server skipped",
    "remote_not_removed": "Files stay on a server",
}
