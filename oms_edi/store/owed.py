"""Which orders their buyers are owed an 855 about, and what they know."""

from collections.abc import Iterable, Mapping
from sqlite3 import Connection


def set_answered(connection: Connection, answers: Mapping[int, str]) -> None:
    """Note that an 855 was written for these orders, and the hash of what it said."""
    connection.executemany(
        "UPDATE orders SET answer_due = 0, answers = answers + 1, answer_sha = ?"
        " WHERE order_id = ?",
        [(sha, order_id) for order_id, sha in answers.items()],
    )


def clear_answer_due(connection: Connection, order_ids: Iterable[int]) -> None:
    """Note that no 855 is owed for these orders: their partner takes none, or knows it all."""
    connection.executemany(
        "UPDATE orders SET answer_due = 0 WHERE order_id = ?",
        [(order_id,) for order_id in order_ids],
    )


def set_answer_due(connection: Connection, order_id: int) -> None:
    """Note that the partner must hear of this order again."""
    set_answers_due(connection, [order_id])


def set_answers_due(connection: Connection, order_ids: Iterable[int]) -> None:
    """Note that the partners must hear of these orders again."""
    connection.executemany(
        "UPDATE orders SET answer_due = 1 WHERE order_id = ?",
        [(order_id,) for order_id in order_ids],
    )


def forget_answer(connection: Connection, order_id: int) -> None:
    """Have an 855 written even if it says nothing new: the buyer asked something."""
    connection.execute(
        "UPDATE orders SET answer_due = 1, answer_sha = '' WHERE order_id = ?", (order_id,)
    )


def set_known(connection: Connection, order_id: int, answer_sha: str) -> None:
    """Note that the buyer knows by another document what an 855 with this hash would say."""
    connection.execute(
        "UPDATE orders SET answer_due = 0, answer_sha = ? WHERE order_id = ?",
        (answer_sha, order_id),
    )
