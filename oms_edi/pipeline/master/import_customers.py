"""Customers from CSV: the terms operators change more often than a mapping, and their ship-tos."""

import re
from decimal import Decimal
from pathlib import Path

from oms_edi.channels.table import Row
from oms_edi.channels.values import id_fault
from oms_edi.domain.customer import Customer
from oms_edi.domain.party import Party
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.frame.turns import act
from oms_edi.pipeline.master.imports import Change, Imported, apply_changes, open_file
from oms_edi.pipeline.master.master_file import MasterFile
from oms_edi.store import customers

_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")
_TERMS = ("tier", "credit_limit", "balance", "minimum", "approval_above", "contact")
_ADDRESS = ("street", "city", "state", "country")


@act
def import_customers(step: Step, path: Path, *, actor: str, dry_run: bool) -> Imported:
    """Import customers: partner; optional tier, credit_limit, balance, minimum, approval_above,
    contact.

    An empty value is as the mapping says, `none` is no limit; a column that is not there changes
    nothing.
    """
    file = open_file(step, path, ("partner",), optional=_TERMS)
    known = customers.all_customers(step.connection)
    found: dict[str, Customer] = {}
    for row in file.rows:
        partner = row.values["partner"].strip()
        if not _is_customer(step, partner):
            file.fault(row, "partner", "a customer with a mapping")
            continue
        told = _customer(file, row, known.get(partner, Customer(partner)))
        file.once(row, "partner", partner, told)
        found[partner] = told
    file.check()
    changes = [
        Change(what=f"{name} of {partner}", before=_told(before), after=_told(after))
        for partner, customer in found.items()
        for name, before, after in zip(
            _TERMS, known.get(partner, Customer(partner))[1:], customer[1:], strict=True
        )
        if before != after
    ]
    return apply_changes(
        step,
        lambda: customers.put_customers(step.connection, found.values()),
        changes,
        rows=len(file.rows),
        what="customers",
        actor=actor,
        dry_run=dry_run,
    )


def _is_customer(step: Step, partner: str) -> bool:
    profile = step.partners.find(partner)
    return profile is not None and profile.role == "customer"


def _told(value: object) -> str:
    return "" if value is None else str(value)


def _customer(file: MasterFile, row: Row, before: Customer) -> Customer:
    """Return a customer as a row has it; faults are the file's to tell."""
    known = row.values
    return Customer(
        before.partner,
        tier=_tier(file, row) if "tier" in known else before.tier,
        credit_limit=(
            _limit(file, row, "credit_limit") if "credit_limit" in known else before.credit_limit
        ),
        balance=_amount(file, row, "balance") if "balance" in known else before.balance,
        minimum=_amount(file, row, "minimum") if "minimum" in known else before.minimum,
        approval_above=(
            _limit(file, row, "approval_above")
            if "approval_above" in known
            else before.approval_above
        ),
        contact=(known["contact"].strip() or None) if "contact" in known else before.contact,
    )


def _tier(file: MasterFile, row: Row) -> int | None:
    text = row.values["tier"].strip()
    if text not in ("", *"123456789"):
        file.fault(row, "tier", "1 to 9, or nothing")
        return None
    return int(text) if text else None


def _amount(file: MasterFile, row: Row, column: str) -> Decimal | None:
    text = row.values[column].strip()
    if text and not _AMOUNT.fullmatch(text):
        file.fault(row, column, "an amount such as 5000 or 99.50, or nothing")
        return None
    return Decimal(text) if text else None


def _limit(file: MasterFile, row: Row, column: str) -> str | None:
    text = row.values[column].strip().lower()
    if text not in ("", "none") and not _AMOUNT.fullmatch(text):
        file.fault(row, column, "an amount such as 5000 or 99.50, none, or nothing")
    return text or None


@act
def import_places(step: Step, path: Path, *, actor: str, dry_run: bool) -> Imported:
    """Import ship-tos of customers: partner, code, name, postal_code; optional street, city, state,
    country.

    They go before those of the mapping. A column that is not there leaves what is known.
    """
    file = open_file(step, path, ("partner", "code", "name", "postal_code"), optional=_ADDRESS)
    known: dict[str, dict[str, Party]] = {}
    found: dict[tuple[str, str], Party] = {}
    for row in file.rows:
        partner, code = row.values["partner"].strip(), row.values["code"].strip()
        if not _is_customer(step, partner):
            file.fault(row, "partner", "a customer with a mapping")
            continue
        if partner not in known:
            known[partner] = customers.places(step.connection, partner)
        place = _place(file, row, code, known[partner].get(code))
        file.once(row, "code", (partner, code), place)
        found[partner, code] = place
    file.check()
    changes = [
        Change(what=f"place {code} of {partner}", before=_place_told(before), after=told)
        for (partner, code), place in found.items()
        if (before := known[partner].get(code)) != place and (told := _place_told(place))
    ]
    return apply_changes(
        step,
        lambda: customers.put_places(
            step.connection, [(partner, place) for (partner, _), place in found.items()]
        ),
        changes,
        rows=len(file.rows),
        what="places",
        actor=actor,
        dry_run=dry_run,
    )


_ZIP = re.compile(r"[0-9]{5}(-?[0-9]{4})?")


def _place(file: MasterFile, row: Row, code: str, before: Party | None) -> Party:
    text = {name: value.strip() for name, value in row.values.items()}
    if id_fault(code):
        file.fault(row, "code", "a code of letters and digits")
    if not text["name"]:
        file.fault(row, "name", "who lives there")
    if not _ZIP.fullmatch(text["postal_code"]):
        file.fault(row, "postal_code", "five or nine digits")
    for column in ("state", "country"):
        if text.get(column) and not re.fullmatch("[A-Z]{2}", text[column]):
            file.fault(row, column, "two capital letters, or nothing")
    old = before or Party(role="ST", country="US")
    street = text.get("street", " ".join(old.street))
    return Party(
        role="ST",
        name=text["name"],
        id_code=code,
        street=(street,) if street else (),
        city=text.get("city", old.city),
        state=text.get("state", old.state),
        postal_code=text["postal_code"],
        country=text.get("country", old.country) or "US",
    )


def _place_told(place: Party | None) -> str:
    if place is None:
        return ""
    parts = (place.name, *place.street, place.city, place.state, place.postal_code)
    return ", ".join(part for part in parts if part)
