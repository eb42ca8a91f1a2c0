"""What a source sends without an end is seen by what the process holds."""

from media_service.worker.swelling import MOST_BYTES, Swelling, held_bytes


def test_growth_counts_from_one_packet_to_the_next() -> None:
    held = [1000]
    swelling = Swelling(lambda: held[0])
    assert not swelling.is_too_much()
    held[0] += MOST_BYTES
    assert not swelling.is_too_much()
    held[0] += 1
    assert swelling.is_too_much()
    swelling.fed()
    assert not swelling.is_too_much()
    held[0] += MOST_BYTES + 1
    assert swelling.is_too_much()


def test_a_process_knows_what_it_holds() -> None:
    before = held_bytes()
    more = bytearray(b"\1" * 50_000_000)
    assert held_bytes() - before > len(more) // 2
