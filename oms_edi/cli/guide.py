"""`oms-edi guide`: what a partner may send, as a page for the partner."""

import click

from oms_edi.cli.context import Context, pass_context
from oms_edi.domain.issue import Severity
from oms_edi.errors import NotFound
from oms_edi.pipeline.frame.companion import rules_for
from oms_edi.x12.companion import companion, to_html, to_markdown
from oms_edi.x12.example import example
from oms_edi.x12.guide import VERSIONS, guide_for
from oms_edi.x12.overlay import apply
from oms_edi.x12.validate import validate


@click.command()
@click.argument("set_id", metavar="SET")
@click.option("--partner", help="With the rules of this partner's mapping, in its version.")
@click.option("--version", "release", help="Without a partner; 004010 where that has the set.")
@click.option("--html", "as_html", is_flag=True, help="HTML instead of Markdown.")
@pass_context
def guide(
    context: Context, set_id: str, partner: str | None, release: str | None, as_html: bool
) -> None:
    """Print the companion guide of SET, such as 850: rules, structure, segments, an example.

    With --partner its rules are in it, and the release is its own.

    The example passes our own validation; if the rules leave none, it says why and exits with 1.
    """
    profile = next((one for one in context.partners if one.id == partner), None)
    if partner and profile is None:
        raise NotFound(f"there is no partner {partner}; `oms-edi partners` lists them")
    if profile and profile.x12:
        release = profile.x12.version
    releases = (release,) if release else VERSIONS
    found = next((one for one in (guide_for(set_id, r) for r in releases) if one), None)
    if found is None:
        raise NotFound(f"there is no guide for {set_id}{_elsewhere(set_id)}")
    rules = rules_for(profile, set_id) if profile else ()
    made = example(found, rules)
    title = f"{set_id} for {profile.name}" if profile else f"{set_id} {found.name}"
    blocks = list(companion(found, rules, title=title, example=made))
    click.echo(to_html(blocks) if as_html else to_markdown(blocks))
    issues = [*validate(made, found), *apply(made, rules, found)]
    broken = [issue for issue in issues if issue.severity is not Severity.NOTE]
    if broken:
        raise NotFound(f"the example does not pass: {broken[0]}; give the rule an `example`")


def _elsewhere(set_id: str) -> str:
    """Say which releases have a guide of a set."""
    have = [release for release in VERSIONS if guide_for(set_id, release)]
    if set_id.upper() in ("TA1", "ISA", "GS"):
        return ": that is a segment of the envelope; `oms-edi x12 show` explains it in a file"
    return f" in this release; there is one in {', '.join(have)}" if have else ""
