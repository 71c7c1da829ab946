"""`intake:` when a file is taken, and how large it may be."""

from pydantic import Field

from oms_edi.config.settings import Settings


class Intake(Settings):
    """When a file is taken, and how large it may be."""

    settle_s: float = Field(
        2.0, ge=0, description="Seconds without a change of size or time before a file is taken."
    )
    stale_after_s: float = Field(
        3600, gt=0, description="Seconds after which an incomplete file is quarantined."
    )
    rescan_s: float = Field(30.0, gt=0, description="Seconds between full scans of the inbox.")
    max_file_bytes: int = Field(500_000_000, gt=0, description="Larger files are quarantined.")
    max_segment_bytes: int = Field(16_384, gt=0, description="Longer X12 segments are refused.")
    max_segment_elements: int = Field(
        500, gt=0, description="Segments with more elements are refused."
    )
    max_sets: int = Field(
        200_000, gt=0, description="Interchanges with more transaction sets are refused."
    )
    max_set_segments: int = Field(100_000, gt=0, description="Longer transaction sets are refused.")
    max_csv_rows: int = Field(200_000, gt=0, description="Longer CSV files are refused.")
    max_json_bytes: int = Field(
        20_000_000, gt=0, description="Larger JSON order files are refused; they are read at once."
    )
    max_xlsx_bytes: int = Field(5_000_000, gt=0, description="Larger XLSX files are refused.")
    max_xlsx_unpacked_bytes: int = Field(
        50_000_000,
        gt=0,
        description="XLSX files that unpack to more are refused: a small ZIP can hold gigabytes.",
    )
    max_xlsx_sheets: int = Field(50, gt=0, description="XLSX files with more sheets are refused.")
    max_order_lines: int = Field(
        5_000, gt=0, description="JSON and XLSX orders with more lines are refused."
    )
    max_issues: int = Field(
        100, gt=0, description="Issues reported for one file; more are counted."
    )
    max_crashes: int = Field(
        3, gt=0, description="A file that ended the process so often is quarantined."
    )
    min_free_bytes: int = Field(
        200_000_000,
        ge=0,
        description="With less free on the disk of `folders.var` no file is taken; what is owed is "
        "still delivered.",
    )
