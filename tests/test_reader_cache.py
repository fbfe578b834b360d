"""What was read is kept, within a limit of bytes, and never larger."""

import threading

from demo.engines.reader.cache import PageCache
from demo.engines.reader.lines import Line, Word
from demo.engines.reader.page import NewRow, Page, to_page


def _page(text: str, lines: int = 20) -> Page:
    line = Line(text, (0, 0, 100, 10), 0.9, (Word(text, (0, 0, 100, 10)),))
    return Page((100, 100), (tuple((line,) for _ in range(lines)),))


def test_page_comes_back_and_another_key_finds_nothing() -> None:
    cache = PageCache()
    page = _page("kept")
    cache.put("a", page)
    assert cache.get("a") is page
    assert cache.get("b") is None


def test_least_recently_used_goes_first() -> None:
    cache = PageCache(limit=60_000)
    for key in "abc":
        cache.put(key, _page(key))
    assert cache.get("a") is not None
    cache.put("d", _page("d"))
    assert cache.get("b") is None
    assert cache.get("a") is not None


def test_limit_holds_whatever_comes() -> None:
    cache = PageCache(limit=40_000)
    for number in range(200):
        cache.put(str(number), _page("x" * number))
        assert cache.bytes <= 40_000
    assert cache.get("199") is not None


def test_same_key_counts_once() -> None:
    cache = PageCache()
    cache.put("a", _page("a"))
    once = cache.bytes
    cache.put("a", _page("a"))
    assert cache.bytes == once


def test_page_larger_than_the_cache_is_not_kept() -> None:
    cache = PageCache(limit=1_000)
    cache.put("a", _page("a", 50))
    assert cache.get("a") is None
    assert cache.bytes == 0


def test_clear_drops_everything() -> None:
    cache = PageCache()
    cache.put("a", _page("a"))
    cache.clear()
    assert cache.get("a") is None
    assert cache.bytes == 0


def test_threads_leave_the_count_right() -> None:
    cache = PageCache(limit=60_000)

    def work(name: str) -> None:
        for number in range(100):
            cache.put(f"{name}{number % 7}", _page(name))
            cache.get(f"{name}{(number + 3) % 7}")

    threads = [threading.Thread(target=work, args=(name,)) for name in "pqr"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    kept = sum(cache.get(f"{name}{number}") is not None for name in "pqr" for number in range(7))
    assert 0 < cache.bytes <= 60_000
    assert kept * 10_000 > cache.bytes / 2


def test_rows_become_a_page_in_their_blocks() -> None:
    line = Line("a", (0, 0, 5, 5), 1.0)
    rows = [NewRow(0, (line,)), NewRow(0, (line, line)), NewRow(2, (line,)), NewRow(3, (), ((1, 1, 9, 2),))]
    page = to_page((10, 10), rows)
    assert [len(block) for block in page.blocks] == [2, 1]
    assert len(page.lines) == 4
    assert page.unread == ((1, 1, 9, 2),)


def test_page_goes_with_the_last_session_that_asked_for_it() -> None:
    cache = PageCache()
    page = _page("shared")
    cache.put("shared", page, "one")
    cache.put("own", _page("own"), "one")
    assert cache.get("shared", "two") is page
    cache.forget("one")
    assert cache.get("own", "two") is None
    assert cache.get("shared", "two") is page
    cache.forget("two")
    assert cache.get("shared", "three") is None
    assert cache.bytes == 0


def test_page_without_a_session_stays_when_sessions_end() -> None:
    cache = PageCache()
    cache.put("a", _page("a"))
    assert cache.get("a", "one") is not None
    cache.forget("one")
    assert cache.get("a") is not None


def test_page_read_again_keeps_its_sessions() -> None:
    cache = PageCache()
    cache.put("a", _page("a"), "one")
    cache.put("a", _page("a"), "two")
    cache.forget("two")
    assert cache.get("a", "one") is not None
