"""All trading partners together: loaded from a folder, cross-checked as a whole, then frozen."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from oms_edi.config.config import Config
from oms_edi.config.faults import explain
from oms_edi.config.settings import read_yaml
from oms_edi.errors import ConfigurationError, NotFound
from oms_edi.partners.profile import PartnerProfile


@dataclass(frozen=True)
class PartnerBook:
    """Every partner, by id and by ISA address."""

    _by_id: dict[str, PartnerProfile]
    _by_isa: dict[tuple[str, str], PartnerProfile]

    @staticmethod
    def of(profiles: Iterable[PartnerProfile]) -> "PartnerBook":
        """Return the book of these partners, which were checked before."""
        by_id = {profile.id: profile for profile in profiles}
        by_isa = {(p.x12.isa_qualifier, p.x12.isa_id): p for p in by_id.values() if p.x12}
        return PartnerBook(by_id, by_isa)

    @cached_property
    def canonical(self) -> bytes:
        """Every partner as JSON, one a line."""
        return "\n".join(profile.model_dump_json() for profile in self).encode()

    @cached_property
    def sha256(self) -> str:
        """The hash of `canonical`."""
        return hashlib.sha256(self.canonical).hexdigest()

    @cached_property
    def signs(self) -> frozenset[str]:
        """What separates something in what we write, to whomever."""
        found: set[str] = set()
        for profile in self:
            if profile.x12:
                chosen = profile.x12.delimiters
                found |= {chosen.element, chosen.component, chosen.repetition, chosen.segment}
        return frozenset(found)

    def __iter__(self) -> Iterator[PartnerProfile]:
        return iter(self._by_id.values())

    def find(self, partner: str) -> PartnerProfile | None:
        """Return the partner with this id, None if there is none."""
        return self._by_id.get(partner)

    def by_id(self, partner: str) -> PartnerProfile:
        """Return the partner with this id.

        Raises:
            NotFound: its mapping is gone.
        """
        found = self._by_id.get(partner)
        if found is None:
            raise NotFound(f"partner {partner} has no mapping any more")
        return found

    def by_isa(self, qualifier: str, isa_id: str) -> PartnerProfile | None:
        """Return the partner that signs with this ISA05 and ISA06."""
        return self._by_isa.get((qualifier, isa_id))


def load_partners(folder: Path, config: Config) -> PartnerBook:
    """Load every `<partner>.yaml` in `folder`; files beginning with `_` are bases to extend.

    Raises:
        ConfigurationError: every fault of every file, one a line.
    """
    faults: list[str] = []
    profiles: dict[str, PartnerProfile] = {}
    for path in sorted(folder.glob("*.yaml")):
        if path.name.startswith(("_", ".")):  # a base; what an editor keeps beside a file
            continue
        try:
            profiles[path.stem] = _load(path)
        except ConfigurationError as error:
            faults.append(str(error))
    faults += _cross_check(folder, profiles, config)
    if faults:
        raise ConfigurationError("\n".join(faults))
    return PartnerBook.of(profiles.values())


def _load(path: Path) -> PartnerProfile:
    document = read_yaml(path)
    if not isinstance(document, dict):
        raise ConfigurationError(f"{path}: not a mapping of keys to values")
    base_name = document.pop("extends", None)
    if base_name is not None:
        base = read_yaml(path.parent / f"{base_name}.yaml")
        if not isinstance(base, dict) or "extends" in base:
            raise ConfigurationError(f"{path}: extends {base_name}, which must be a plain mapping")
        document = _merge(base, document)
    try:
        return PartnerProfile.model_validate({"id": path.stem, **document})
    except ValidationError as error:
        raise ConfigurationError(explain(path, error, PartnerProfile)) from error


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Return `base` with the values of `over`, level by level."""
    merged = dict(base)
    for key, value in over.items():
        known = merged.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            merged[key] = _merge(known, value)
        else:
            merged[key] = value
    return merged


def _cross_check(
    folder: Path, profiles: dict[str, PartnerProfile], config: Config
) -> Iterator[str]:
    seen = {(config.company.isa_qualifier, config.company.isa_id): "our own company"}
    for name, profile in profiles.items():
        path = folder / f"{name}.yaml"
        if profile.id != name:
            yield f"{path}: id: must be {name}, the name of the file"
        if profile.x12:
            address = (profile.x12.isa_qualifier, profile.x12.isa_id)
            if address in seen:
                yield f"{path}: x12.isa_id: {'/'.join(address)} is {seen[address]}'s already"
            seen.setdefault(address, name)
        ways = (profile.x12, profile.csv, profile.order_json, profile.order_xlsx)
        if profile.role == "customer" and not any(way is not None for way in ways):
            yield f"{path}: a customer needs x12, csv, order_json or order_xlsx"
        for key in ("only_nodes", "never_nodes"):
            for node_id in getattr(profile.orders.sourcing, key):
                if config.node(node_id) is None:
                    yield f"{path}: orders.sourcing.{key}: there is no node {node_id}"
    for node in config.nodes:
        partner = profiles.get(node.partner)
        role = "supplier" if node.is_supplier else "warehouse"
        if partner is None or partner.role != role or partner.x12 is None:
            path = folder / f"{node.partner}.yaml"
            yield f"{path}: node {node.id} needs this mapping, with role: {role} and x12"
