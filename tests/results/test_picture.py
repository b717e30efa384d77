from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pgcore import extras
from pgcore.extras import MissingExtra
from pgcore.results.history import History
from pgcore.results.picture import MOST_AGENTS, draw, to_rgb
from tests.runs import play, toy_env

pytestmark = pytest.mark.filterwarnings("error")


def history_of(folder: Path, steps: int = 4, **sections: Any) -> History:
    history = History()
    play(toy_env(folder, history, **sections), steps=steps)
    return history


def texts(figure: Any) -> str:
    """All that can be read in a picture."""
    figure.draw_without_rendering()
    return "\n".join(text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text")))


def many(count: int) -> dict[str, Any]:
    return {f"Agent{i}": {"devices": {"load": {"type": "load", "bus": "A", "p_mw": 0.01 * (i + 1)}}} for i in range(count)}


def test_a_picture_shows_every_agent_and_device_with_units(tmp_path: Path) -> None:
    seen = texts(draw(history_of(tmp_path)))
    for word in ("East", "West", "home", "ess", "unit", "MW", "pu", "%", "hours since midnight", "limits"):
        assert word in seen, word


def test_pixels_are_those_of_the_figure(tmp_path: Path) -> None:
    figure = draw(history_of(tmp_path))
    pixels = to_rgb(figure)
    width, height = (round(side * figure.dpi) for side in figure.get_size_inches())
    assert pixels.shape == (height, width, 3)
    assert pixels.dtype == np.uint8
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 10


def test_of_many_agents_those_that_exchange_most_are_shown_and_the_rest_counted(tmp_path: Path) -> None:
    seen = texts(draw(history_of(tmp_path, agents=many(10))))
    assert f"{MOST_AGENTS} of 10 agents" in seen
    assert "Agent9" in seen
    assert "Agent0" not in seen


def test_an_episode_without_steps_can_be_drawn(tmp_path: Path) -> None:
    assert to_rgb(draw(history_of(tmp_path, steps=0))).size > 0


def test_an_episode_without_any_power_flow_can_be_drawn(tmp_path: Path) -> None:
    agents = {"East": {"devices": {"load": {"type": "load", "bus": "A", "p_mw": 90.0}}}}
    assert "without a power flow" in texts(draw(history_of(tmp_path, agents=agents)))


def test_an_agent_without_storage_is_told(tmp_path: Path) -> None:
    assert "no storage" in texts(draw(history_of(tmp_path, agents=many(1))))


def test_drawing_leaves_no_figure_behind(tmp_path: Path) -> None:
    import matplotlib.pyplot as plt

    draw(history_of(tmp_path))
    assert plt.get_fignums() == []


def test_an_environment_renders_its_episode(tmp_path: Path) -> None:
    from pgcore.adapters.pettingzoo import make_env
    from tests.runs import write_spec
    from tests.toys import toy_catalog

    env = make_env(write_spec(tmp_path), catalog=toy_catalog(), render_mode="rgb_array")
    play(env, steps=1)
    assert env.render().ndim == 3


def test_without_matplotlib_the_message_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(module: str) -> None:
        raise ModuleNotFoundError(f"No module named {module!r}", name=module.partition(".")[0])

    history = history_of(tmp_path)
    monkeypatch.setattr(extras, "import_module", missing)
    with pytest.raises(MissingExtra, match=r'matplotlib is needed to draw the picture .* pip install "pgcore-framework\[plot\]"'):
        draw(history)
