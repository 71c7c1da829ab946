"""Configuration and mappings: what is wrong is named with file and key, all of it at once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from oms_edi.config.config import load_config
from oms_edi.errors import ConfigurationError
from oms_edi.partners.book import load_partners
from tests.support.site import CONFIG, MAPPINGS

ROOT = Path(__file__).parents[2]
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a configuration and mappings; return the folder."""

    def write(config: str = CONFIG, **mappings: str) -> Path:
        (tmp_path / "mappings").mkdir(exist_ok=True)
        (tmp_path / "config.yaml").write_text(config)
        for name, text in {**MAPPINGS, **mappings}.items():
            (tmp_path / "mappings" / f"{name}.yaml").write_text(text)
        return tmp_path

    return write


def fault(folder: Path) -> str:
    """What loading a folder complains about."""
    with pytest.raises(ConfigurationError) as caught:
        load_partners(folder / "mappings", load_config(folder / "config.yaml"))
    return str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("settle_s: 0", "settle_s: -1", "intake.settle_s: Input should be greater than or equal"),
        (
            "settle_s: 0",
            "setle_s: 0",
            "config.yaml:2: intake.setle_s: there is no such setting; settle_s is",
        ),
        ("id: RNO", "id: DAL", "two nodes have the same id"),
        ('"75201"', '"752"', "nodes.0.postal_code"),
        ("up_to_miles: 4000", "up_to_miles: 400", "must ascend"),
        ("America/Los_Angeles", "America/Nowhere", "nodes.1.timezone: "),
        ("company: {", "company: [", "config.yaml:1:"),
        ('gs1_prefix: "0789012"', "gs1_prefix: x", "company.gs1_prefix"),
        (
            "rank: 1",
            "rank: 1, calendars: [us]",
            "config.yaml: node DAL: calendars: there is no calendar us",
        ),
        ("routing:", "routing:\n  soft_rules: [region]\n  goals: [cost]", "need the goal complete"),
        ("settle_s: 0", "settle_s: 0, settle_s: 9", "2:23: the key settle_s stands here twice"),
        ("settle_s: 0", "settle_s: \x01", "no YAML we can read"),
        ("settle_s: 0", "settle_s: 2026-02-31", "no YAML we can read"),
    ],
)
def test_a_wrong_setting_is_named_by_its_key(write: Write, old: str, new: str, said: str) -> None:
    assert old in CONFIG
    assert said in fault(write(CONFIG.replace(old, new)))


@pytest.mark.parametrize(
    ("folders", "said"),
    [
        ("{inbox: box, outbox: box}", "folders.inbox, folders.outbox"),
        ("{inbox: var}", "folders.inbox, folders.var"),
        ("{var: inbox/acme}", "folders.inbox, folders.var"),
        ("{inbox: .}", "folders.inbox, folders.outbox"),
        ("{outbox: link/out, var: real}", "folders.outbox, folders.var"),
    ],
)
def test_folders_that_would_eat_each_others_files_are_refused(
    write: Write, folders: str, said: str
) -> None:
    folder = write(f"{CONFIG}folders: {folders}\n")
    (folder / "real").mkdir()
    (folder / "link").symlink_to("real")
    assert f"{said}: neither may be, or lie in, the other" in fault(folder)


def test_a_missing_configuration_says_which_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"config\.yaml: No such file"):
        load_config(tmp_path / "config.yaml")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("shop", "name: X\n", "a customer needs x12, csv, order_json or order_xlsx"),
        ("shop", "[1, 2]\n", "not a mapping"),
        ("shop", "name: X\nextends: nobody\n", "nobody.yaml: No such file"),
        ("shop", "name: X\nid: other\ncsv: {columns: {}}\n", "must be shop, the name of the file"),
        ("shop", "name: X\nx12: {isa_id: BUYER, gs_id: BB}\n", "ZZ/BUYER is buyer's already"),
        ("shop", "name: X\nx12: {isa_id: US, gs_id: BB}\n", "ZZ/US is our own company's already"),
        (
            "shop",
            "name: X\nx12: {isa_id: A, gs_id: AA}\norders: {sourcing: {never_nodes: [XYZ]}}\n",
            "orders.sourcing.never_nodes: there is no node XYZ",
        ),
        ("wh", "name: X\nrole: customer\nx12: {isa_id: WHDAL, gs_id: WH}\n", "role: warehouse"),
        ("shop", "name: X\nx12: {isa_id: A, gs_id: AA, delimiters: {element: '~'}}\n", "the same"),
        ("shop", "name: X\nx12: {isa_id: A, gs_id: AA, delimiters: {element: 'E'}}\n", "a letter"),
    ],
)
def test_a_wrong_mapping_is_named_by_file_and_key(
    write: Write, name: str, text: str, said: str
) -> None:
    told = fault(write(**{name: text}))
    assert said in told
    assert ".yaml" in told


def test_all_faults_of_all_mappings_are_told_at_once(write: Write) -> None:
    told = fault(write(shop="name: X\n", buyer="name: [\n", wh2="role: boss\n"))
    for name in ("shop", "buyer", "wh2"):
        assert f"{name}.yaml" in told


def test_a_value_that_was_refused_is_never_repeated(write: Write) -> None:
    told = fault(write(CONFIG.replace('gs1_prefix: "0789012"', "gs1_prefix: SECRET")))
    assert "SECRET" not in told


def test_extends_merges_one_level_of_a_base(write: Write) -> None:
    folder = write(
        _base="orders: {tier: 5, carrier: BASE, price: {action: accept_ours}}\n",
        shop="extends: _base\nname: X\ncsv: {columns: {}}\norders: {tier: 1}\n",
    )
    config = load_config(folder / "config.yaml")
    shop = load_partners(folder / "mappings", config).by_id("shop")
    assert (shop.orders.tier, shop.orders.carrier) == (1, "BASE")
    assert shop.orders.price.action == "accept_ours"


def test_the_shipped_configuration_and_mappings_load() -> None:
    config = load_config(ROOT / "config.yaml")
    partners = load_partners(ROOT / "mappings", config)
    assert len([partner for partner in partners if partner.role == "customer"]) >= 4
    assert [node.kind for node in config.nodes].count("supplier") == 1
    assert len(config.nodes) == 4
