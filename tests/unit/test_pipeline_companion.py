"""Rules of a mapping that no document could keep are named before anything is read."""

import pytest

from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.frame.companion import faults_of


def profile(version: str, set_id: str, at: str, **more: object) -> PartnerProfile:
    rules = {set_id: [{"at": at, "presence": "required", **more}]}
    x12 = {"isa_id": "ACME", "gs_id": "ACME", "version": version, "guides": rules}
    return PartnerProfile.model_validate({"id": "acme", "name": "ACME", "x12": x12})


@pytest.mark.parametrize(
    ("version", "set_id", "at", "said"),
    [
        ("004010", "850", "ZZZ", "ZZZ is no segment of a 850 in 004010"),
        ("005010", "850", "MSG", "MSG is no segment of a 850 in 005010"),
        ("003060", "850", "REF*DP/09", "REF has 4 elements in 004010"),
        ("004010", "123", "REF", "there is no guide for this set"),
    ],
)
def test_a_rule_about_what_a_set_cannot_hold_is_named(
    version: str, set_id: str, at: str, said: str
) -> None:
    (fault,) = faults_of(profile(version, set_id, at))
    assert fault.startswith(f"x12.guides.{set_id}: ")
    assert said in fault


def test_a_rule_that_can_be_kept_is_no_fault() -> None:
    assert faults_of(profile("004010VICS", "850", "MSG")) == []
    assert faults_of(profile("005010", "856", "MAN*GM/02", pattern="[0-9]{20}")) == []


def test_a_rule_about_a_loop_is_looked_up_in_the_release_of_the_partner() -> None:
    # loops of a 940 have numbers in 005010 and in 004010
    assert faults_of(profile("004010", "850", "PID", loop="PO1")) == []
    (fault,) = faults_of(profile("004010", "850", "PID", loop="0310"))
    assert fault == "x12.guides.850: PID: 0310 is no loop of a 850 in 004010"
