"""A file of orders that is no X12, laid out for eyes: a CSV, JSON, a workbook.

It was judged when it came, by `channels`; here each fault is put beside the value it is about. How
much is laid out has a limit in bytes and in values, so that no file makes a page slow.
`document_view` is its neighbor for X12.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, zip_longest

from oms_edi.channels.json_value import pointer
from oms_edi.channels.order_json import values
from oms_edi.channels.order_xlsx import column_letters
from oms_edi.channels.recognize import kind_of
from oms_edi.channels.table import column_key
from oms_edi.domain.issue import Issue
from oms_edi.partners.profile import CsvSettings, PartnerProfile, StockCsvSettings
from oms_edi.web.layout import REST, ROWS, VALUES, Layout, Part, short, text_of
from oms_edi.web.words import capitalize_first, words
from oms_edi.web.workbook import is_small, sheets

_CSV_BYTES, _JSON_BYTES = 200_000, 100_000
_DEPTH = 8
_HEAD_BYTES = 4096
_TOO_LARGE = "It is too large to be laid out here; its bytes can be saved."


def laid_out(
    content: bytes,
    profile: PartnerProfile | None,
    issues: Sequence[Issue],
    *,
    po_number: str = "",
) -> Part | None:
    """Return a file, of one with several orders the one of `po_number`; None if nothing can be.

    The beginning of one that is too long for a page is enough.
    """
    settings = (profile.csv or profile.stock_csv) if profile else None
    is_utf16 = settings is not None and settings.encoding == "utf-16"
    kind = kind_of(content[:_HEAD_BYTES], utf16_is_csv=is_utf16)
    found = Layout(po_number)
    if kind == "csv" and settings is not None:
        _csv(found, content, settings)
    elif kind == "json":
        _json(found, content)
    elif kind == "zip":
        _xlsx(found, content)
    else:
        return None
    for issue in issues:
        found.tell(issue)
    root = found.root
    return root if root.inner or root.columns or root.cut else None


def _csv(found: Layout, content: bytes, settings: CsvSettings | StockCsvSettings) -> None:
    """Lay out rows under their header, as they are: what is wrong with one stops nothing here."""
    table, encoding = found.root, settings.encoding
    text = content[:_CSV_BYTES].decode("utf-8-sig" if encoding == "utf-8" else encoding, "replace")
    if len(content) > _CSV_BYTES:  # half a row is none
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1]
        table.cut = REST
    rows = _csv_rows(text, settings.delimiter)
    _, header = next(rows, (0, []))
    table.columns = tuple(short(name.strip()) for name in found.some(header))
    keys = [f"/{column_key(name)}" for name in header]
    columns = settings.columns if isinstance(settings, CsvSettings) else {}
    po_key = f"/{column_key(columns.get('po_number', ''))}"
    po_at = keys.index(po_key) if found.po_number and po_key in keys else None
    for number, row in rows:
        if po_at is not None and found.po_number != "".join(row[po_at : po_at + 1]).strip():
            continue
        place = f"row {number}"
        names = [*keys, *(f"/{at}" for at in range(len(keys), len(row)))]
        cells = [(place + key, text) for key, text in zip(names, row, strict=False)]
        if not found.row(table, str(number), place, cells):
            break


def _csv_rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield rows with their numbers, as `channels.table` counts them."""
    reader, start = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1
    try:
        for row in reader:
            number, start = start, reader.line_num + 1
            is_hint = number == 1 and row[:1] and row[0].lower().startswith("sep=")
            if any(value.strip() for value in row) and not is_hint:
                yield number, row
    except csv.Error:  # of a value without end; what came before it stands
        return


def _json(found: Layout, content: bytes) -> None:
    """Lay out the fields of the order, or of each; what is no JSON is its fault, and told."""
    text = content[:_JSON_BYTES].decode("utf-8-sig", "replace")
    if len(content) > _JSON_BYTES:  # of JSON lines the first stand alone
        text = text[: text.rfind("\n") + 1]
        found.root.cut = REST
    orders, _ = values(text, most=VALUES)
    if found.root.cut and not orders:
        found.root.cut = _TOO_LARGE
    if found.po_number and len(orders) > 1:
        orders = [one for one in orders if _po_number(one.value) == found.po_number]
    for order in orders:
        if order.place:
            name = f"order {int(order.place[1:]) + 1}" if order.place[0] == "/" else order.place
            _value(found, found.root, name, order.value, order.start)
        else:
            _inner(found, found.root, order.value, "")


def _po_number(value: object) -> object:
    return value.get("po_number") if isinstance(value, Mapping) else None


def _value(found: Layout, under: Part, name: str, value: object, place: str) -> None:
    """Lay out a value of JSON; below so many others it is not told."""
    is_more = isinstance(value, Mapping | list) and value and place.count("/") < _DEPTH
    if is_more and found.left > 0:
        _inner(found, found.put(under, name, place), value, place)
    else:
        found.put(under, name, place, "null" if value is None else text_of(value))


def _inner(found: Layout, part: Part, value: object, place: str) -> None:
    """Lay out what a value holds: objects in a list as the rows of a table."""
    if isinstance(value, Mapping):
        for key, one in islice(value.items(), VALUES + 1):
            _value(found, part, words(key), one, place + pointer((key,)))
    elif isinstance(value, list) and all(isinstance(one, Mapping) for one in value):
        keys = found.some(list(dict.fromkeys(key for one in value[:ROWS] for key in one)))
        part.columns = tuple(capitalize_first(words(short(key))) for key in keys)
        for number, one in enumerate(value):
            at = f"{place}/{number}"
            if not found.row(part, str(number + 1), at, []):
                break
            for key in keys:
                _value(found, part.inner[-1], "", one.get(key, ""), at + pointer((key,)))
    elif isinstance(value, list):
        for number, one in enumerate(found.some(value, ROWS)):
            _value(found, part, str(number + 1), one, f"{place}/{number}")
    else:
        part.text = text_of(value)


def _xlsx(found: Layout, content: bytes) -> None:
    """Lay out the cells of the forms in a workbook."""
    if not is_small(content):
        found.root.cut = _TOO_LARGE
        return
    try:
        shown = sheets(content)
    except Exception:  # whatever the parser meets in a stranger's XML was told when the file came
        return
    if found.po_number and len(shown) > 1:
        shown = [one for one in shown if any(found.po_number in row for _, row in one.rows)]
        found.root.cut = "" if shown else REST
    for sheet in shown:
        name = f"Sheet {sheet.title}{' (hidden)' if sheet.is_hidden else ''}"
        table = found.put(found.root, name, sheet.title)
        width = max(len(row) for _, row in sheet.rows)
        table.columns = tuple(column_letters(at) for at in found.some(range(width)))
        for number, row in sheet.rows:
            places = [f"{sheet.title}!{letters}{number}" for letters in table.columns]
            cells = list(zip_longest(places, row, fillvalue=""))
            if not found.row(table, str(number), f"{sheet.title}!{number}", cells):
                break
