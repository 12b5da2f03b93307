"""What a transcript adds up to."""

from __future__ import annotations

import statistics
from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from wstui.core.entry import Kind
from wstui.core.memory_budget import MemoryBudget
from wstui.core.survey import BACKLOG, KEPT_SECONDS, STEP_ROWS, Quantiles, Survey
from wstui.core.transcript import Transcript

ROWS = st.lists(
    st.tuples(
        st.sampled_from([Kind.TEXT, Kind.BINARY, Kind.PING, Kind.EVENT]),
        st.booleans(),
        st.integers(0, 300),
        st.integers(0, 3000).map(lambda n: n / 1000),
    ),
    max_size=60,
)


def surveyed(transcript: Transcript) -> Survey:
    """A survey of all there is."""
    survey = Survey(transcript)
    while survey.step():
        pass
    return survey


@given(ROWS)
def test_it_counts_what_a_loop_over_the_entries_counts(
    rows: list[tuple[Kind, bool, int, float]],
) -> None:
    """Rates and sizes are those of the data messages, whatever stands between them."""
    transcript = Transcript()
    time = 1000.0
    expected: dict[tuple[int, bool], list[int]] = {}
    for kind, outgoing, size, gap in rows:
        time += gap
        transcript.append(kind, b"x" * size, time, outgoing=outgoing and kind is not Kind.EVENT)
        if kind in (Kind.TEXT, Kind.BINARY):
            expected.setdefault((int(time), outgoing), []).append(size)
    survey = surveyed(transcript)
    for (second, outgoing), sizes in expected.items():
        if second > int(time) - KEPT_SECONDS:
            tally = survey.seconds[second].of(outgoing)
            assert (tally.messages, tally.size) == (len(sizes), sum(sizes))
    for outgoing in (False, True):
        every = [size for (_, way), sizes in expected.items() if way is outgoing for size in sizes]
        assert survey.sizes[outgoing] == Counter(map(int.bit_length, every))


def test_it_goes_on_with_what_comes_in() -> None:
    """A survey that was done finds what was recorded since, and the gap to it."""
    transcript = Transcript()
    transcript.append(Kind.TEXT, b"a", 10.0)
    survey = surveyed(transcript)
    assert not survey.step()
    transcript.append(Kind.TEXT, b"b", 10.5)
    assert survey.step()
    assert survey.seconds[10].received.messages == 2
    assert survey.gaps.count == 1
    median = survey.gaps.at(0.5)
    assert median is not None
    assert 0.47 < median < 0.53


def test_rates_are_of_whole_seconds() -> None:
    """The second that is not over yet counts for no rate, and quiet seconds count as such."""
    transcript = Transcript()
    for second, messages in ((100, 4), (105, 10), (109, 2), (110, 99)):
        transcript.append_batch(b"\x01" * messages, [3] * messages, b"abc" * messages, second + 0.5)
    survey = surveyed(transcript)
    assert survey.rates(110.9, False, 1) == (2, 6)
    assert survey.rates(110.9, False, 10) == (1.6, 4.8)
    assert survey.rates(110.9, True, 10) == (0, 0)
    assert survey.history(110.9, False, 10) == [4, 0, 0, 0, 0, 10, 0, 0, 0, 2]


def test_compression() -> None:
    """The ratio is that of the compressed messages alone, each way for itself."""
    transcript = Transcript()
    transcript.append(Kind.TEXT, b"x" * 1000, 1.0, compressed=True, wire=100)
    transcript.append(Kind.TEXT, b"x" * 1000, 1.0)
    survey = surveyed(transcript)
    assert survey.ratio(False) == 10
    assert survey.ratio(True) is None


def test_dropped_entries_are_passed_over() -> None:
    """A survey that fell behind goes on with what is still held, without inventing a gap."""
    transcript = Transcript(MemoryBudget(64 << 10))
    survey = Survey(transcript)
    for second in range(200):
        transcript.append(Kind.BINARY, b"x" * 1000, float(second))
    while survey.step():
        pass
    assert survey.behind == 0
    assert survey.gaps.count == sum(survey.sizes[False].values()) - 1


def test_a_long_backlog_is_sampled() -> None:
    """With too much to look at, messages are all counted, and sizes and gaps are of a sample."""
    transcript = Transcript()
    batch = STEP_ROWS
    for _ in range(2 * BACKLOG // batch):
        transcript.append_batch(b"\x02" * batch, [4] * batch, b"abcd" * batch, 7.0)
    survey = surveyed(transcript)
    assert survey.sampled
    assert survey.seconds[7].received.messages == transcript.received
    assert 0 < survey.sizes[False][3] < transcript.received


def test_quantiles_are_close() -> None:
    """Median and 99th percentile are within the fineness of the steps."""
    random = Random(1)
    values = [random.lognormvariate(-5, 2) for _ in range(5000)]
    quantiles = Quantiles()
    assert quantiles.at(0.5) is None
    quantiles.update(Counter(values))
    for share in (0.5, 0.99):
        exact = statistics.quantiles(values, n=100)[round(share * 100) - 1]
        found = quantiles.at(share)
        assert found is not None
        assert abs(found / exact - 1) < 0.1
    quantiles.update(Counter({0.0: 10**6}))
    assert quantiles.at(0.5) == 0.0
