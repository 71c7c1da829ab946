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
    max_issues: int = Field(
        100, gt=0, description="Issues reported for one file; more are counted."
    )
    max_crashes: int = Field(
        3, gt=0, description="A file that ended the process so often is quarantined."
    )
