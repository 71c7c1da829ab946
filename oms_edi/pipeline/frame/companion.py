"""A partner's companion guide: the rules of its mapping as the X12 engine takes them."""

from dataclasses import replace
from functools import lru_cache

from oms_edi.domain.issue import Issue, Severity
from oms_edi.partners.profile import GuideRule, PartnerProfile
from oms_edi.x12.guide import guide_for
from oms_edi.x12.overlay import Rule, check_rules, strange


def rules_for(profile: PartnerProfile, set_id: str) -> tuple[Rule, ...]:
    """Return the rules of a partner for a set, on top of the guide."""
    given = profile.x12.guides.get(set_id, ()) if profile.x12 else ()
    return tuple(_rule(rule) for rule in given)


@lru_cache(maxsize=1024)
def _rule(rule: GuideRule) -> Rule:
    values = rule.model_dump()
    return Rule(**{**values, "severity": Severity(values["severity"])})


def faults_of(profile: PartnerProfile) -> list[str]:
    """Return what is wrong with the rules of a mapping."""
    found = []
    for set_id in profile.x12.guides if profile.x12 else ():
        rules = rules_for(profile, set_id)
        faults = list(check_rules(rules))
        guide = guide_for(set_id, profile.x12.version if profile.x12 else "")
        if guide is None:
            faults.append("there is no guide for this set")
        elif not faults:
            faults += strange(rules, guide)
        found += [f"x12.guides.{set_id}: {text}" for text in faults]
    return found


def tolerated(issues: list[Issue], profile: PartnerProfile) -> list[Issue]:
    """Return issues with the severity this partner's mapping gives them."""
    wanted = profile.x12.tolerance if profile.x12 else {}
    if not (wanted and issues):
        return issues
    return [
        replace(issue, severity=Severity(wanted[issue.tolerance]))
        if issue.tolerance in wanted
        else issue
        for issue in issues
    ]
