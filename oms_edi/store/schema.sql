-- The order book. Instants are ISO-8601 UTC with Z, days YYYY-MM-DD, quantities whole base units
-- of the item, money in cents, prices decimal text as the partner wrote them, lists and maps JSON.

-- Master data -----------------------------------------------------------------------------------
CREATE TABLE items (
    item        TEXT PRIMARY KEY,
    description TEXT NOT NULL,
    unit        TEXT NOT NULL,              -- the base unit: what quantities count
    weight_g    INTEGER NOT NULL CHECK (weight_g >= 0),
    pack        INTEGER NOT NULL CHECK (pack >= 1),
    needs       TEXT NOT NULL DEFAULT '[]'  -- capabilities a node must have
) STRICT;

CREATE TABLE item_units (
    item   TEXT NOT NULL REFERENCES items,
    unit   TEXT NOT NULL,
    factor INTEGER NOT NULL CHECK (factor >= 1),  -- base units in one of it
    PRIMARY KEY (item, unit)
) STRICT, WITHOUT ROWID;

CREATE TABLE item_ids (
    partner   TEXT NOT NULL,   -- '' = everyone
    qualifier TEXT NOT NULL,   -- X12 235; '' = any
    code      TEXT NOT NULL,
    item      TEXT NOT NULL REFERENCES items,
    PRIMARY KEY (partner, qualifier, code)
) STRICT, WITHOUT ROWID;

CREATE TABLE prices (
    partner TEXT NOT NULL,     -- '' = list price
    item    TEXT NOT NULL REFERENCES items,
    price   TEXT NOT NULL,     -- for one base unit
    minimum  INTEGER NOT NULL DEFAULT 0 CHECK (minimum >= 0),   -- base units sold at least
    multiple INTEGER NOT NULL DEFAULT 0 CHECK (multiple >= 0),  -- sold by so many; 0 = as the item
    PRIMARY KEY (partner, item)
) STRICT, WITHOUT ROWID;

-- What a supplier sells us, as it was imported; it carries nothing else.
CREATE TABLE supplier_items (
    partner       TEXT NOT NULL,
    item          TEXT NOT NULL REFERENCES items,
    supplier_item TEXT NOT NULL,           -- what its documents call it
    cost          TEXT NOT NULL,           -- of one base unit, at most four decimals
    minimum       INTEGER NOT NULL CHECK (minimum >= 1),   -- base units it sells at least
    multiple      INTEGER NOT NULL CHECK (multiple >= 1),  -- and by how many
    PRIMARY KEY (partner, item),
    UNIQUE (partner, supplier_item)
) STRICT, WITHOUT ROWID;

-- What operators know of a customer better than its mapping; NULL = as the mapping says.
CREATE TABLE customers (
    partner        TEXT PRIMARY KEY,
    tier           INTEGER CHECK (tier BETWEEN 1 AND 9),
    credit_limit   TEXT,                   -- decimal text; 'none' = no limit
    balance        TEXT,                   -- what they owe for what was shipped and invoiced
    minimum        TEXT,
    approval_above TEXT,
    contact        TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE customer_places (
    partner     TEXT NOT NULL,
    code        TEXT NOT NULL,
    name        TEXT NOT NULL,
    street      TEXT NOT NULL,
    city        TEXT NOT NULL,
    state       TEXT NOT NULL,
    postal_code TEXT NOT NULL,
    country     TEXT NOT NULL,
    PRIMARY KEY (partner, code)
) STRICT, WITHOUT ROWID;

-- What came in ----------------------------------------------------------------------------------
CREATE TABLE files (
    file_id     INTEGER PRIMARY KEY,
    claim_id    TEXT NOT NULL UNIQUE,      -- random; the only identity of an arrival
    partner     TEXT NOT NULL,             -- the folder it lay in
    name        TEXT NOT NULL,
    size_bytes  INTEGER NOT NULL,
    sha256      TEXT NOT NULL,
    kind        TEXT NOT NULL,             -- x12, order_csv, stock_csv, too_large, or what it is
    state       TEXT NOT NULL CHECK (state IN ('accepted', 'partly', 'rejected', 'repeat', 'quarantined')),
    reason      TEXT NOT NULL DEFAULT '',
    repeat_of   INTEGER REFERENCES files,
    issues      TEXT NOT NULL DEFAULT '[]',
    received_at TEXT NOT NULL
) STRICT;
CREATE INDEX files_by_content ON files (sha256);
CREATE INDEX files_by_state ON files (state, file_id);
CREATE INDEX files_by_time ON files (received_at, partner, state);

CREATE TABLE crashes (
    claim_id TEXT PRIMARY KEY,
    count    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One transaction set (or CSV order, or stock file) in either direction.
CREATE TABLE documents (
    document_id INTEGER PRIMARY KEY,
    direction   TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    set_id      TEXT NOT NULL,
    partner     TEXT NOT NULL,
    isa_control TEXT NOT NULL,
    gs_control  TEXT NOT NULL,
    st_control  TEXT NOT NULL,
    file_id     INTEGER REFERENCES files,
    outbox_id   INTEGER REFERENCES outbox,
    start_byte  INTEGER NOT NULL,          -- where it stands in its file
    size_bytes  INTEGER NOT NULL,
    sha256      TEXT NOT NULL DEFAULT '',  -- of an inbound set, to know it again
    verdict     TEXT NOT NULL,             -- in: A, E, R, D (repeated); out: sent, and the answer
    order_id    INTEGER REFERENCES orders,
    shipment_id INTEGER REFERENCES shipments,
    issues      TEXT NOT NULL DEFAULT '[]',
    at          TEXT NOT NULL,
    answered_at TEXT,                      -- out: when the partner's verdict came
    CHECK ((direction = 'in') = (file_id IS NOT NULL)),
    CHECK ((direction = 'out') = (outbox_id IS NOT NULL))
) STRICT;
CREATE INDEX documents_by_partner ON documents (partner);
CREATE INDEX documents_by_order ON documents (order_id);
CREATE INDEX documents_by_file ON documents (file_id) WHERE file_id IS NOT NULL;
CREATE INDEX documents_by_outbox ON documents (outbox_id) WHERE outbox_id IS NOT NULL;
CREATE INDEX documents_unanswered ON documents (outbox_id)
    WHERE direction = 'out' AND verdict = 'sent';
CREATE INDEX documents_objected ON documents (outbox_id)
    WHERE direction = 'out' AND verdict IN ('rejected', 'accepted with errors');
CREATE INDEX documents_advices ON documents (sha256)
    WHERE direction = 'in' AND set_id IN ('945', '855', '856');
CREATE INDEX documents_seen ON documents (partner, isa_control, gs_control, st_control)
    WHERE direction = 'in';

CREATE TABLE interchanges (
    partner     TEXT NOT NULL,
    isa_control TEXT NOT NULL,
    file_id     INTEGER NOT NULL REFERENCES files,
    position    INTEGER NOT NULL,
    verdict     TEXT NOT NULL,             -- A, E, R, D
    issues      TEXT NOT NULL DEFAULT '[]',
    PRIMARY KEY (partner, isa_control, file_id, position)
) STRICT, WITHOUT ROWID;

-- The order book --------------------------------------------------------------------------------
CREATE TABLE orders (
    order_id       INTEGER PRIMARY KEY AUTOINCREMENT,  -- a restore raises it past what was used
    partner        TEXT NOT NULL,
    channel        TEXT NOT NULL,
    po_number      TEXT NOT NULL,
    release_number TEXT NOT NULL,
    order_type     TEXT NOT NULL,
    ordered_on     TEXT,
    ship_on        TEXT,
    not_before     TEXT,
    not_after      TEXT,
    deliver_by     TEXT,
    cancel_after   TEXT,
    expires_on     TEXT,                   -- cancel_after, until that day was seen to
    tier           INTEGER NOT NULL,
    currency       TEXT NOT NULL,
    routing        TEXT NOT NULL,
    refs           TEXT NOT NULL,          -- [[qualifier, value], ...]
    notes          TEXT NOT NULL,
    parties        TEXT NOT NULL,          -- all N1 loops as received
    kept           TEXT NOT NULL,          -- segments kept, not read
    content_sha    TEXT NOT NULL,          -- of what was ordered, to know the same PO again
    received_at    TEXT NOT NULL,
    answer_due     INTEGER NOT NULL,       -- 1: an 855 is owed as soon as it is decided
    answers        INTEGER NOT NULL DEFAULT 0, -- 855s written
    answer_sha     TEXT NOT NULL DEFAULT '',   -- of what the last one said
    settled        INTEGER NOT NULL DEFAULT 0  -- 1: found to have nothing live, noted lazily
) STRICT;
CREATE INDEX orders_by_partner ON orders (partner);
CREATE INDEX orders_unsettled ON orders (partner) WHERE settled = 0;
CREATE INDEX orders_by_po ON orders (po_number, partner);
CREATE INDEX orders_expiring ON orders (expires_on) WHERE expires_on IS NOT NULL;
CREATE INDEX orders_answer_due ON orders (order_id) WHERE answer_due = 1;

CREATE TABLE destinations (
    order_id     INTEGER NOT NULL REFERENCES orders,
    destination  INTEGER NOT NULL,
    name         TEXT NOT NULL,
    id_qualifier TEXT NOT NULL,
    id_code      TEXT NOT NULL,
    street       TEXT NOT NULL,            -- JSON list
    city         TEXT NOT NULL,
    state        TEXT NOT NULL,
    postal_code  TEXT NOT NULL,
    country      TEXT NOT NULL,
    PRIMARY KEY (order_id, destination)
) STRICT, WITHOUT ROWID;

CREATE TABLE order_lines (
    line_id        INTEGER PRIMARY KEY,
    order_id       INTEGER NOT NULL REFERENCES orders,
    buyer_line     TEXT NOT NULL,          -- PO101, or our count where they gave none
    destination    INTEGER NOT NULL,
    item           TEXT REFERENCES items,  -- NULL: not known yet (hold item_unknown)
    items          TEXT NOT NULL,          -- theirs: [[qualifier, code], ...]
    description    TEXT NOT NULL,
    buyer_quantity TEXT NOT NULL,          -- in buyer_unit, as written
    buyer_unit     TEXT NOT NULL,
    unit_factor    INTEGER NOT NULL CHECK (unit_factor >= 1),  -- base units in one buyer_unit
    buyer_price    TEXT,
    price          TEXT,                   -- what we will invoice for one buyer_unit
    price_basis    TEXT NOT NULL,
    requested_on   TEXT,
    notes          TEXT NOT NULL,
    ordered        INTEGER NOT NULL CHECK (ordered >= 0),
    cancelled      INTEGER NOT NULL DEFAULT 0 CHECK (cancelled >= 0),
    open           INTEGER NOT NULL CHECK (open >= 0),
    allocated      INTEGER NOT NULL DEFAULT 0 CHECK (allocated >= 0),
    backordered    INTEGER NOT NULL DEFAULT 0 CHECK (backordered >= 0),
    released       INTEGER NOT NULL DEFAULT 0 CHECK (released >= 0),
    shipped        INTEGER NOT NULL DEFAULT 0 CHECK (shipped >= 0),
    CONSTRAINT line_adds_up
        CHECK (ordered = cancelled + open + allocated + backordered + released + shipped)
) STRICT;
-- Legal moves are domain.lifecycle.MOVES: whoever writes past them is stopped here.
CREATE TRIGGER lines_move_legally
    AFTER UPDATE OF ordered, cancelled, open, allocated, backordered, released, shipped
    ON order_lines
    WHEN NEW.cancelled < OLD.cancelled
      OR NEW.shipped < OLD.shipped
      OR NEW.ordered > OLD.ordered AND NEW.ordered - OLD.ordered > NEW.open - OLD.open
      OR NEW.shipped > OLD.shipped
         AND NEW.shipped - OLD.shipped > OLD.released - NEW.released
      OR NEW.released > OLD.released
         AND NEW.released - OLD.released > OLD.allocated - NEW.allocated
      OR NEW.allocated > OLD.allocated
         AND NEW.allocated - OLD.allocated > OLD.open - NEW.open
      OR NEW.backordered > OLD.backordered
         AND NEW.backordered - OLD.backordered > OLD.open - NEW.open
    BEGIN SELECT RAISE(ABORT, 'units of a line never move so'); END;
CREATE INDEX lines_by_order ON order_lines (order_id);
CREATE INDEX lines_open ON order_lines (order_id) WHERE open > 0;
CREATE INDEX lines_cancelled ON order_lines (order_id) WHERE cancelled = ordered;
CREATE INDEX lines_waiting ON order_lines (item) WHERE backordered > 0;

-- Every change of a line's quantities, one row a statement; `verify` adds them up again.
CREATE TABLE line_ledger (
    entry_id INTEGER PRIMARY KEY,
    source   TEXT NOT NULL,                -- the quantity units left; '' = they were ordered now
    target   TEXT NOT NULL,                -- the quantity they went to; '' = not ordered any more
    moves    TEXT NOT NULL                 -- [[line id, units], ...]
) STRICT;
CREATE TRIGGER line_ledger_no_update BEFORE UPDATE ON line_ledger
    BEGIN SELECT RAISE(ABORT, 'the line ledger is append-only'); END;
CREATE TRIGGER line_ledger_no_delete BEFORE DELETE ON line_ledger
    BEGIN SELECT RAISE(ABORT, 'the line ledger is append-only'); END;

CREATE TABLE holds (
    hold_id      INTEGER PRIMARY KEY,
    order_id     INTEGER NOT NULL REFERENCES orders,
    line_id      INTEGER REFERENCES order_lines,   -- NULL: the whole order
    kind         TEXT NOT NULL,
    reason       TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    closed_at    TEXT,
    outcome      TEXT CHECK (outcome IN ('released', 'rejected')),
    CHECK ((closed_at IS NULL) = (outcome IS NULL))
) STRICT;
CREATE INDEX holds_by_order ON holds (order_id);
CREATE INDEX holds_by_line ON holds (line_id) WHERE line_id IS NOT NULL;
CREATE INDEX holds_open ON holds (order_id) WHERE closed_at IS NULL;
CREATE INDEX holds_open_kind ON holds (kind) WHERE closed_at IS NULL;

-- What was wanted otherwise of an order after it was placed, and what became of it.
CREATE TABLE changes (
    change_id      INTEGER PRIMARY KEY,
    partner        TEXT NOT NULL,
    po_number      TEXT NOT NULL,
    release_number TEXT NOT NULL,
    order_id       INTEGER REFERENCES orders,  -- NULL: no such order, or not yet
    source         TEXT NOT NULL CHECK (source IN ('860', '850', 'api', 'person', 'calendar')),
    kind           TEXT NOT NULL CHECK (kind IN ('change', 'replace', 'cancel')),
    sequence       TEXT NOT NULL,              -- BCH05
    content_sha    TEXT NOT NULL,              -- to know it again; '' where nobody sent it
    message        TEXT NOT NULL,              -- domain.change.OrderChange as JSON
    file_id        INTEGER REFERENCES files,
    state          TEXT NOT NULL CHECK (state IN ('waiting', 'requested', 'settled')),
    reason         TEXT NOT NULL DEFAULT '',   -- why nothing of it was done
    since          TEXT NOT NULL,              -- when it came
    settled_at     TEXT,
    answer_due     INTEGER NOT NULL,           -- 1: the partner is told once it is settled
    answers        INTEGER NOT NULL DEFAULT 0, -- 865s written
    rest_sha       TEXT NOT NULL DEFAULT '',   -- of what the buyer knew of the order's other lines
    CHECK ((state = 'settled') = (settled_at IS NOT NULL))
) STRICT;
CREATE INDEX changes_by_po ON changes (po_number, partner);
CREATE INDEX changes_by_order ON changes (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX changes_open ON changes (state) WHERE state <> 'settled';
CREATE INDEX changes_answer_due ON changes (order_id) WHERE answer_due = 1;

-- A line of a change as far as the book knows it; 0 is the header.
CREATE TABLE change_lines (
    change_id INTEGER NOT NULL REFERENCES changes,
    number    INTEGER NOT NULL,                -- of the POC from 1
    line_id   INTEGER REFERENCES order_lines,  -- NULL: none, or several
    what      TEXT NOT NULL,                   -- for people
    outcome   TEXT NOT NULL CHECK (outcome IN ('pending', 'accepted', 'partly', 'rejected')),
    reason    TEXT NOT NULL,
    refused   TEXT NOT NULL DEFAULT '',        -- why not all of it, whatever is answered to the rest
    PRIMARY KEY (change_id, number)
) STRICT, WITHOUT ROWID;

-- What a warehouse is asked about a shipment it has already; nothing is promised before it answers.
CREATE TABLE requests (
    request_id  INTEGER PRIMARY KEY,
    change_id   INTEGER NOT NULL REFERENCES changes,
    shipment_id INTEGER NOT NULL REFERENCES shipments,
    terms       TEXT NOT NULL DEFAULT '{}',    -- other ship-to or dates wanted, JSON
    before      TEXT NOT NULL DEFAULT '{}',    -- dates: [what a refusal brings back, what is wanted]
    state       TEXT NOT NULL CHECK (state IN ('requested', 'agreed', 'refused')),
    since       TEXT NOT NULL,
    settled_at  TEXT,
    told        TEXT NOT NULL DEFAULT '',      -- W0501 of the 940 that asks; 'next': with the next
                                           -- request; 'none': a person asks
    CHECK ((state = 'requested') = (settled_at IS NULL))
) STRICT;
CREATE INDEX requests_open ON requests (shipment_id) WHERE state = 'requested';
CREATE INDEX requests_by_change ON requests (change_id);
CREATE INDEX requests_untold ON requests (request_id) WHERE told = '' AND state = 'requested';

-- Units of an allocation a request asks not to ship.
CREATE TABLE stops (
    request_id    INTEGER NOT NULL REFERENCES requests,
    allocation_id INTEGER NOT NULL REFERENCES allocations,
    number        INTEGER NOT NULL,            -- of the line of the change
    units         INTEGER NOT NULL CHECK (units > 0),
    stopped       INTEGER NOT NULL DEFAULT 0 CHECK (stopped BETWEEN 0 AND units),
    again         INTEGER NOT NULL DEFAULT 0 CHECK (again BETWEEN 0 AND units), -- since wanted again
    target        TEXT NOT NULL CHECK (target IN ('cancelled', 'outside')),
    PRIMARY KEY (request_id, allocation_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX stops_by_allocation ON stops (allocation_id);

-- Stock -----------------------------------------------------------------------------------------
CREATE TABLE stock_levels (
    item     TEXT NOT NULL REFERENCES items,
    node     TEXT NOT NULL,
    on_hand  INTEGER NOT NULL CHECK (on_hand >= 0),             -- all that lies there
    held     INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),      -- of it, what must not ship
    doubted  INTEGER NOT NULL DEFAULT 0 CHECK (doubted >= 0),   -- of it, what the last count misses
    reserved INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    oversold INTEGER NOT NULL DEFAULT 0 CHECK (oversold >= 0),  -- promised units an event took away
    as_of    TEXT NOT NULL,                                     -- of the last snapshot
    PRIMARY KEY (item, node),
    CONSTRAINT held_lies_there CHECK (held <= on_hand),
    CONSTRAINT never_oversold_by_us
        CHECK (reserved <= max(0, on_hand - held - doubted) + oversold)
) STRICT, WITHOUT ROWID;
CREATE INDEX levels_oversold ON stock_levels (item, node) WHERE oversold > 0;

CREATE TABLE stock_ledger (
    entry_id       INTEGER PRIMARY KEY,
    at             TEXT NOT NULL,              -- when it was booked
    moved_at       TEXT NOT NULL,              -- when it was so at the node
    item           TEXT NOT NULL,
    node           TEXT NOT NULL,
    kind           TEXT NOT NULL CHECK (kind IN
                       ('snapshot', 'receipt', 'adjustment', 'status', 'doubt', 'reservation',
                        'release_back', 'shipment')),
    on_hand_delta  INTEGER NOT NULL,
    held_delta     INTEGER NOT NULL DEFAULT 0,
    doubted_delta  INTEGER NOT NULL DEFAULT 0,
    reserved_delta INTEGER NOT NULL,
    oversold_delta INTEGER NOT NULL DEFAULT 0,
    line_id        INTEGER,
    file_id        INTEGER,
    document_id    INTEGER,
    note           TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX ledger_by_item ON stock_ledger (item, node, moved_at);
CREATE INDEX ledger_by_document ON stock_ledger (document_id) WHERE document_id IS NOT NULL;
CREATE TRIGGER stock_ledger_no_update BEFORE UPDATE ON stock_ledger
    BEGIN SELECT RAISE(ABORT, 'the stock ledger is append-only'); END;
CREATE TRIGGER stock_ledger_no_delete BEFORE DELETE ON stock_ledger
    BEGIN SELECT RAISE(ABORT, 'the stock ledger is append-only'); END;

-- The last count of an item at a node, beside what the ledger says of that instant.
CREATE TABLE stock_counts (
    item     TEXT NOT NULL,
    node     TEXT NOT NULL,
    as_of    TEXT NOT NULL,
    at       TEXT NOT NULL,
    told     INTEGER NOT NULL,             -- as the document says
    basis    TEXT NOT NULL CHECK (basis IN ('on_hand', 'available')),
    counted  INTEGER NOT NULL CHECK (counted >= 0),  -- what that means on hand
    drift    INTEGER NOT NULL,             -- counted less expected, as it stands: unexplained
    booked   INTEGER NOT NULL,             -- what was booked to agree with it, unexplained as well
    entry_id INTEGER NOT NULL,             -- the last of the ledger when it was taken
    is_final INTEGER NOT NULL,             -- 1: the count is believed whatever the drift
    file_id  INTEGER,
    PRIMARY KEY (item, node)
) STRICT, WITHOUT ROWID;
CREATE INDEX counts_drifting ON stock_counts (item, node) WHERE drift <> 0;

-- When each node last told its whole stock.
CREATE TABLE node_feeds (
    node  TEXT PRIMARY KEY,
    as_of TEXT NOT NULL,
    at    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- 943, 944 and 947 that were booked, so that none is booked twice.
CREATE TABLE stock_documents (
    set_id      TEXT NOT NULL,
    partner     TEXT NOT NULL,
    number      TEXT NOT NULL,             -- W1703, W1502, W0602/W0604; the hash where none is told
    sha256      TEXT NOT NULL,             -- of what it says, whatever its envelope
    document_id INTEGER NOT NULL REFERENCES documents,
    node        TEXT NOT NULL,
    is_whole    INTEGER NOT NULL,          -- 0: something in it is not known yet; sent again, it may be
    at          TEXT NOT NULL,
    PRIMARY KEY (set_id, partner, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX stock_documents_whole ON stock_documents (document_id) WHERE is_whole = 1;

-- Goods on their way to a node. Still to come: expected - advised - received - missing.
CREATE TABLE inbound (
    inbound_id INTEGER PRIMARY KEY,
    item       TEXT NOT NULL REFERENCES items,
    node       TEXT NOT NULL,
    source     TEXT NOT NULL CHECK (source IN ('943', '856', 'import')),
    reference  TEXT NOT NULL,              -- order or transfer number: what a 944 names
    delivery   TEXT NOT NULL,              -- shipment id, or part of the order
    due_on     TEXT NOT NULL,
    expected   INTEGER NOT NULL CHECK (expected >= 0),
    held       INTEGER NOT NULL DEFAULT 0, -- 1: it will be blocked on arrival
    advised    INTEGER NOT NULL DEFAULT 0 CHECK (advised >= 0),  -- a 943 or 856 stands for them now
    received   INTEGER NOT NULL DEFAULT 0 CHECK (received >= 0),
    missing    INTEGER NOT NULL DEFAULT 0 CHECK (missing >= 0),  -- will not come
    UNIQUE (node, item, reference, delivery, source),
    CONSTRAINT inbound_adds_up CHECK (advised + received + missing <= expected)
) STRICT;
CREATE INDEX inbound_open ON inbound (item, node)
    WHERE expected > advised + received + missing;

CREATE TABLE inbound_moves (
    inbound_id  INTEGER NOT NULL REFERENCES inbound,
    at          TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('advised', 'received', 'missing')),
    units       INTEGER NOT NULL,
    document_id INTEGER REFERENCES documents,
    note        TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX inbound_moves_by_inbound ON inbound_moves (inbound_id);

-- When units that wait will ship, from goods that are to come.
CREATE TABLE promises (
    line_id    INTEGER PRIMARY KEY REFERENCES order_lines,
    ship_on    TEXT NOT NULL,
    is_certain INTEGER NOT NULL            -- 1: enough comes for everybody who waits
) STRICT;
CREATE TRIGGER promises_only_of_what_waits AFTER UPDATE OF backordered ON order_lines
    WHEN NEW.backordered = 0 AND OLD.backordered > 0
    BEGIN DELETE FROM promises WHERE line_id = NEW.line_id; END;

-- How a scarce item was shared, one row an item and round.
CREATE TABLE shares (
    share_id INTEGER PRIMARY KEY,
    at       TEXT NOT NULL,
    item     TEXT NOT NULL,
    method   TEXT NOT NULL,
    supply   INTEGER NOT NULL,
    kept     TEXT NOT NULL,                -- [[pool, units not taken yet], ...]
    claims   TEXT NOT NULL                 -- [[customer, tier, weight, lines, asked, given], ...]
) STRICT;
CREATE INDEX shares_by_item ON shares (item, at);

-- Items whose free stock grew: waiting lines are offered it in the next decision step.
CREATE TABLE restocked (
    item   TEXT PRIMARY KEY,
    passed TEXT NOT NULL DEFAULT '[]'      -- lines that were offered it and could not use it
) STRICT, WITHOUT ROWID;

-- Items that came: orders allocated some of it, and not released, are looked at again, in order.
CREATE TABLE reconsider (
    item        TEXT PRIMARY KEY,
    after_order INTEGER NOT NULL           -- the last one that was
) STRICT, WITHOUT ROWID;

-- Hash of the settings waiting lines were last decided by; one row.
CREATE TABLE decided_by (mark TEXT NOT NULL) STRICT;

CREATE TABLE decisions (
    decision_id INTEGER PRIMARY KEY,
    order_id    INTEGER NOT NULL REFERENCES orders,
    destination INTEGER NOT NULL,
    at          TEXT NOT NULL,
    decision    TEXT NOT NULL              -- domain.plan.Decision as JSON
) STRICT;
CREATE INDEX decisions_by_order ON decisions (order_id);

CREATE TABLE rejections (
    line_id INTEGER NOT NULL REFERENCES order_lines,
    node    TEXT NOT NULL,
    reason  TEXT NOT NULL,
    PRIMARY KEY (line_id, node)
) STRICT, WITHOUT ROWID;

-- Shipping --------------------------------------------------------------------------------------
CREATE TABLE shipments (
    shipment_id     INTEGER PRIMARY KEY,
    order_id        INTEGER NOT NULL REFERENCES orders,
    destination     INTEGER NOT NULL,
    node            TEXT NOT NULL,
    depositor_order TEXT NOT NULL UNIQUE,  -- W0502; our PO number (BEG03) at a supplier
    state           TEXT NOT NULL CHECK (state IN ('released', 'closed')),
    ship_on         TEXT,
    deliver_on      TEXT,
    released_at     TEXT NOT NULL
) STRICT;
CREATE INDEX shipments_by_order ON shipments (order_id);
CREATE INDEX shipments_released ON shipments (ship_on) WHERE state = 'released';

-- What a node is to ship of a line. shipment_id NULL: allocated, not released yet.
CREATE TABLE allocations (
    allocation_id INTEGER PRIMARY KEY,
    line_id       INTEGER NOT NULL REFERENCES order_lines,
    node          TEXT NOT NULL,
    quantity      INTEGER NOT NULL CHECK (quantity > 0),
    ship_on       TEXT,
    deliver_on    TEXT,
    shipment_id   INTEGER REFERENCES shipments,
    number        INTEGER,                 -- LX01 in the 940
    release_at    TEXT,                    -- NULL: as soon as nothing holds it
    shipped       INTEGER NOT NULL DEFAULT 0 CHECK (shipped >= 0),
    short         INTEGER NOT NULL DEFAULT 0 CHECK (short >= 0),
    cost          TEXT,                    -- of a base unit, as its 850 says; NULL: not bought
    confirmed     INTEGER NOT NULL DEFAULT 0,  -- units its 855 says will ship
    CHECK (confirmed BETWEEN 0 AND quantity),
    CHECK (shipped + short <= quantity),
    CHECK (shipment_id IS NOT NULL OR shipped + short = 0)
) STRICT;
CREATE INDEX allocations_by_line ON allocations (line_id);
CREATE INDEX allocations_by_day ON allocations (node, ship_on);
-- A line has units in `allocated` as long as it has one of these.
CREATE INDEX allocations_unreleased ON allocations (release_at, line_id) WHERE shipment_id IS NULL;
CREATE INDEX allocations_by_shipment ON allocations (shipment_id) WHERE shipment_id IS NOT NULL;

CREATE TABLE dispatches (
    dispatch_id        INTEGER PRIMARY KEY,   -- one 945
    shipment_id        INTEGER NOT NULL REFERENCES shipments,
    document_id        INTEGER NOT NULL REFERENCES documents,
    warehouse_shipment TEXT NOT NULL,
    shipped_on         TEXT NOT NULL,
    carrier_name       TEXT NOT NULL,
    scac               TEXT NOT NULL,
    transport          TEXT NOT NULL,
    bill_of_lading     TEXT NOT NULL,
    tracking           TEXT NOT NULL,
    weight             TEXT,
    expected_on        TEXT,                  -- the day it arrives; NULL = nobody knows
    notice_due         INTEGER NOT NULL       -- 1: an 856 is owed
) STRICT;
CREATE INDEX dispatches_by_shipment ON dispatches (shipment_id);
CREATE INDEX dispatches_notice_due ON dispatches (dispatch_id) WHERE notice_due = 1;

-- How often a node shipped later than planned: what its next shipment may do.
CREATE TABLE node_records (
    node    TEXT PRIMARY KEY,
    shipped INTEGER NOT NULL,              -- loads reported
    late    INTEGER NOT NULL CHECK (late BETWEEN 0 AND shipped)
) STRICT, WITHOUT ROWID;

CREATE TABLE packages (
    package_id  INTEGER PRIMARY KEY,
    dispatch_id INTEGER NOT NULL REFERENCES dispatches,
    sscc        TEXT NOT NULL UNIQUE,
    tracking    TEXT NOT NULL
) STRICT;
CREATE INDEX packages_by_dispatch ON packages (dispatch_id);

CREATE TABLE package_lines (
    package_id    INTEGER NOT NULL REFERENCES packages,
    allocation_id INTEGER NOT NULL REFERENCES allocations,
    quantity      INTEGER NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (package_id, allocation_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX package_lines_by_allocation ON package_lines (allocation_id);

-- What goes out ---------------------------------------------------------------------------------
CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL                 -- the last one used
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
    outbox_id   INTEGER PRIMARY KEY,
    partner     TEXT NOT NULL,
    set_id      TEXT NOT NULL,             -- what is in it: 855, 940, 856, 997, TA1
    isa_control TEXT NOT NULL,
    gs_control  TEXT NOT NULL,             -- of its one group; '' if it has none
    file_name   TEXT NOT NULL,
    content     BLOB NOT NULL CHECK (length(content) > 0),
    sha256      TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'sent')),  -- sending: or unclear
    created_at  TEXT NOT NULL,
    sent_at     TEXT,
    reissue_of  INTEGER REFERENCES outbox, -- it says the same as that one, under other numbers
    UNIQUE (partner, isa_control),
    UNIQUE (partner, file_name)
) STRICT;
-- With what tells calls from files: a server that does not answer may be owed very many.
CREATE INDEX outbox_pending ON outbox (outbox_id, set_id, partner) WHERE state <> 'sent';
CREATE INDEX outbox_by_group ON outbox (partner, gs_control);
CREATE INDEX outbox_by_partner ON outbox (partner);

-- What customers know of their orders ------------------------------------------------------------
-- Customers that hear of changes, and up to which event their orders were looked through.
CREATE TABLE status_feeds (
    partner    TEXT PRIMARY KEY,
    last_event INTEGER NOT NULL,
    told_at    TEXT NOT NULL               -- of the last daily report, or when it began
) STRICT, WITHOUT ROWID;

-- Orders something happened to since their customer was told last.
CREATE TABLE status_due (
    partner  TEXT NOT NULL,
    order_id INTEGER NOT NULL REFERENCES orders,
    PRIMARY KEY (partner, order_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE status_told (
    order_id INTEGER PRIMARY KEY REFERENCES orders,
    sha      TEXT NOT NULL,                -- of what the customer knows
    at       TEXT NOT NULL
) STRICT;

CREATE TABLE status_inquiries (
    inquiry_id  INTEGER PRIMARY KEY,
    partner     TEXT NOT NULL,
    document_id INTEGER NOT NULL REFERENCES documents,
    inquiry     TEXT NOT NULL,             -- domain.order_status.StatusInquiry as JSON
    answered_at TEXT,
    answers     INTEGER NOT NULL DEFAULT 0 -- 870s written
) STRICT;
CREATE INDEX status_inquiries_open ON status_inquiries (inquiry_id) WHERE answered_at IS NULL;

-- Partners' servers -----------------------------------------------------------------------------
-- Files fetched there; written before the file is claimed, so that none is fetched for ever.
CREATE TABLE remote_files (
    claim_id   TEXT PRIMARY KEY,           -- files.claim_id once it is committed
    partner    TEXT NOT NULL,
    name       TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    mtime      INTEGER NOT NULL,           -- of their clock
    fetched_at TEXT NOT NULL,
    removed_at TEXT                        -- NULL: it may lie there still
) STRICT, WITHOUT ROWID;
CREATE INDEX remote_files_left ON remote_files (partner, fetched_at) WHERE removed_at IS NULL;

CREATE TABLE endpoints (
    partner    TEXT PRIMARY KEY,
    visited_at TEXT NOT NULL,
    good_at    TEXT NOT NULL,              -- of the last visit that ended well; '' = none yet
    failures   INTEGER NOT NULL,           -- visits that failed since then
    problem    TEXT NOT NULL               -- what ended the last visit; '' = nothing
) STRICT, WITHOUT ROWID;

-- What a person sees ----------------------------------------------------------------------------
CREATE TABLE events (
    event_id    INTEGER PRIMARY KEY,
    at          TEXT NOT NULL,
    name        TEXT NOT NULL,             -- noun.participle, domain.events
    order_id    INTEGER,
    line_id     INTEGER,
    shipment_id INTEGER,
    file_id     INTEGER,
    actor       TEXT NOT NULL,             -- 'daemon' or a person
    text        TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_order ON events (order_id) WHERE order_id IS NOT NULL;
CREATE TRIGGER events_no_update BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'the timeline is append-only'); END;
CREATE TRIGGER events_no_delete BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'the timeline is append-only'); END;

CREATE TABLE exceptions (
    exception_id  INTEGER PRIMARY KEY,
    kind          TEXT NOT NULL,            -- domain.exceptions.KINDS
    queue         TEXT NOT NULL,            -- whose work it is; escalation may move it
    severity      TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'error')),
    subject       TEXT NOT NULL,            -- one open exception a kind and subject
    text          TEXT NOT NULL,
    action        TEXT NOT NULL,            -- what a person can do now
    partner       TEXT NOT NULL DEFAULT '',
    node          TEXT NOT NULL DEFAULT '',
    order_id      INTEGER,
    buyer_line    TEXT NOT NULL DEFAULT '', -- '': the whole order
    file_id       INTEGER,
    due_at        TEXT,                     -- by when something must be done
    risk_cents    INTEGER NOT NULL DEFAULT 0 CHECK (risk_cents >= 0),
    valued        TEXT NOT NULL CHECK (valued IN ('no', 'yes', 'given')), -- given: not by units
    owner         TEXT NOT NULL DEFAULT '', -- who took it, '' = nobody
    snoozed_until TEXT,
    level         INTEGER NOT NULL DEFAULT 0 CHECK (level >= 0),     -- how often it was escalated
    repeats       INTEGER NOT NULL DEFAULT 0 CHECK (repeats >= 0),   -- how often it was told again
    opened_at     TEXT NOT NULL,
    told_at       TEXT NOT NULL,            -- opened, or told again
    closed_at     TEXT,
    closed_how    TEXT CHECK (closed_how IN ('itself', 'person', 'superseded')),
    closed_by     TEXT NOT NULL DEFAULT '',
    closed_why    TEXT NOT NULL DEFAULT '',
    CHECK ((closed_at IS NULL) = (closed_how IS NULL))
) STRICT;
-- How far the book was read when open exceptions were valued last.
CREATE TABLE valued_until (
    what  TEXT PRIMARY KEY CHECK (what IN ('events', 'loads')),
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX exceptions_open ON exceptions (kind, subject) WHERE closed_at IS NULL;
CREATE INDEX exceptions_by_order ON exceptions (order_id) WHERE closed_at IS NULL;
CREATE INDEX exceptions_of_files ON exceptions (subject) WHERE kind = 'file_quarantined';
-- With all that lists are filtered by: whatever is asked, the rows that do not fit are not read.
CREATE INDEX exceptions_worst ON exceptions (
    risk_cents DESC,
    CASE severity WHEN 'error' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END,
    exception_id, queue, owner, kind, severity, partner, opened_at, snoozed_until
) WHERE closed_at IS NULL;
CREATE INDEX exceptions_unvalued ON exceptions (exception_id)
    WHERE valued = 'no' AND closed_at IS NULL;
CREATE INDEX exceptions_told ON exceptions (told_at) WHERE closed_at IS NULL AND severity <> 'info';
CREATE INDEX exceptions_aging ON exceptions (level, opened_at) WHERE closed_at IS NULL;
CREATE INDEX exceptions_over_of ON exceptions (partner, closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX exceptions_over ON exceptions (closed_at) WHERE closed_at IS NOT NULL;

-- What the book was made of -----------------------------------------------------------------------
-- One row a transaction that changed the book: what was done, with what, when. `oms-edi replay`
-- makes the same book of it again, from archived bytes only.
CREATE TABLE journal (
    entry_id      INTEGER PRIMARY KEY,     -- the order of commits
    turn          INTEGER NOT NULL,        -- the first row of the same file, act or step
    at            TEXT NOT NULL,           -- its clock, to the microsecond
    kind          TEXT NOT NULL CHECK (kind IN ('file', 'act', 'step')),
    name          TEXT NOT NULL,           -- partner/file, or the function that was called
    body          TEXT NOT NULL,           -- its arguments as JSON; bytes by SHA-256 in the archive
    configuration TEXT NOT NULL,           -- SHA-256 of the settings in force, in the archive
    mappings      TEXT NOT NULL            -- SHA-256 of the partners in force, in the archive
) STRICT;
CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

-- What people are owed to hear of exceptions: put here with the exception, sent outside.
CREATE TABLE notifications (
    notification_id INTEGER PRIMARY KEY,
    channel         TEXT NOT NULL,
    exception_id    INTEGER NOT NULL REFERENCES exceptions,
    severity        TEXT NOT NULL,         -- as it was owed, with level and repeats: what is new
    level           INTEGER NOT NULL,
    repeats         INTEGER NOT NULL,
    owed_at         TEXT NOT NULL,
    state           TEXT NOT NULL DEFAULT 'owed'
                        CHECK (state IN ('owed', 'sent', 'failed', 'dropped')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    next_at         TEXT NOT NULL,         -- not tried before
    settled_at      TEXT,
    message         TEXT NOT NULL DEFAULT '', -- key of the message it was told in
    reason          TEXT NOT NULL DEFAULT '',
    UNIQUE (channel, exception_id, severity, level, repeats),
    CHECK ((state = 'owed') = (settled_at IS NULL))
) STRICT;
CREATE INDEX notifications_owed ON notifications (channel, next_at) WHERE state = 'owed';
CREATE INDEX notifications_sent ON notifications (channel, settled_at) WHERE state = 'sent';
