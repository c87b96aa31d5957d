"""Views of tool results: a card for the weather, a plot, a table. Knows no page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tools.text import read_json
from web.render.tables import Cell, Table, as_text, cell_text, is_numeric, table_of
from web.texts import Texts

TIME_COLUMNS = ("time", "date", "datetime")
MAX_LINES = 6  # in one plot; the colours are told apart by most people, in light and in dark
_COLOURS = ("#12877d", "#d9822b", "#5c7cfa", "#c2417f", "#8a9a1b", "#8d6e63")
_FAINT = "rgba(128, 128, 128, 0.25)"

# The first word that occurs in the weather's condition chooses the picture in public/weather/.
_PICTURES = (
    ("thunder", "thunder"),
    ("snow", "snow"),
    ("sleet", "snow"),
    ("blizzard", "snow"),
    ("fog", "fog"),
    ("haze", "fog"),
    ("dust", "fog"),
    ("sand", "fog"),
    ("drizzle", "rain"),
    ("rain", "rain"),
    ("shower", "rain"),
    ("partly", "partly"),
    ("mainly", "partly"),
    ("clear", "sun"),
)


@dataclass(frozen=True)
class ToolResultView:
    """Markdown, and under it a plot, if there is one, as Plotly's JSON."""

    markdown: str
    plot: dict[str, Any] | None = None


def view(result: str, texts: Texts) -> ToolResultView | None:
    """The view of a tool's result, by the shape of its data; None if it is better read.

    Current weather is a card; a list of flat objects, alone or with scalars beside it, is a table, and with a time
    and numbers in each row a plot.
    """
    try:
        value = read_json(result)
    except ValueError:
        return None
    if isinstance(value, dict) and isinstance(value.get("condition"), str) and "temperature_c" in value:
        return ToolResultView(_weather(value, texts))
    title, rows = _rows(value)
    table = table_of(rows) if rows else None
    if table is None:
        return None
    return _series(title, table, texts) or ToolResultView(f"{title}\n\n{table.markdown(texts)}".strip())


def summary(result: str, texts: Texts) -> str:
    """A tool's result in a few words of plain text, by the shape of its data; '' if there are none for it."""
    try:
        value = read_json(result)
    except ValueError:
        return ""
    match value:
        case {"condition": str(), "temperature_c": _}:
            degrees, condition, _, details = _weather_parts(value, texts)
            return " · ".join([f"{degrees} °C{texts.clause_comma}{condition}", *details])
        case {"date": str(date), "time": str(time), "time_zone": str(zone)}:
            weekday = value.get("weekday_zh" if texts.language == "zh" else "weekday") or ""
            return f"{date} {weekday} {time} ({zone})".replace("  ", " ")
        case {"result": str() | int() | float() as answer}:
            return str(answer)
    return ""


def _rows(value: Any) -> tuple[str, list[Any]]:
    """The list that the value is, or its only one, under a line of the scalars beside it."""
    if isinstance(value, list):
        return "", value
    lists = [one for one in value.values() if isinstance(one, list)] if isinstance(value, dict) else []
    if len(lists) != 1 or any(isinstance(one, dict) for one in value.values()):
        return "", []
    beside = [cell_text(one) for one in value.values() if one is not None and not isinstance(one, list)]
    return (f"**{' · '.join(beside)}**" if beside else ""), lists[0]


def _weather(now: dict[str, Any], texts: Texts) -> str:
    degrees, condition, city, details = _weather_parts(now, texts)
    picture = next((name for word, name in _PICTURES if word in now["condition"].lower()), "cloud")
    condition, about = as_text(condition), " · ".join(as_text(part) for part in details)
    card = f"![{condition}](/public/weather/{picture}.svg)**{as_text(degrees)} °C** {as_text(city)}"
    return f"{card}\n{condition} · {about}"


def _weather_parts(now: dict[str, Any], texts: Texts) -> tuple[str, str, str, list[str]]:
    """The degrees, the condition, the city, and whatever else is known."""
    condition = now.get("condition_zh") if texts.language == "zh" else None
    wind = texts.weather_wind.format(wind=now["wind_kmh"]) if "wind_kmh" in now else ""
    if "wind_force" in now:
        wind = texts.weather_wind_force.format(force=now["wind_force"])
    humidity = texts.weather_humidity.format(humidity=now["humidity_percent"]) if "humidity_percent" in now else ""
    source = texts.weather_sources.get(str(now.get("source")), str(now.get("source") or ""))
    details = [part for part in (humidity, wind, source) if part]
    return str(now["temperature_c"]), str(condition or now["condition"]), str(now.get("city") or ""), details


def _series(title: str, table: Table, texts: Texts) -> ToolResultView | None:
    """A plot of the table's numbers over its time, with the range of each in words; None if it has no such rows."""
    by_name = dict(zip(table.columns, zip(*table.rows, strict=True), strict=True))
    time = next((column for column in table.columns if column.lower() in TIME_COLUMNS), None)
    numeric = [column for column in table.columns if column != time and is_numeric(by_name[column])][:MAX_LINES]
    if time is None or not numeric or len(table.rows) < 3 or not all(isinstance(at, str) for at in by_name[time]):
        return None
    times = [str(at).replace("T", " ") for at in by_name[time]]
    lines = [_range(column, times, by_name[column], texts) for column in numeric]
    return ToolResultView(
        "\n".join([*filter(None, [title]), *lines]), _figure(times, {name: by_name[name] for name in numeric})
    )


def _range(column: str, times: list[str], values: tuple[Cell, ...], texts: Texts) -> str:
    """The plot's text alternative: the lowest and the highest number of one column, and when."""
    given = [(value, at) for value, at in zip(values, times, strict=True) if isinstance(value, (int, float))]
    (low, low_at), (high, high_at) = min(given), max(given, key=lambda one: one[0])
    return texts.series_range.format(
        name=as_text(column), low=cell_text(low), low_at=as_text(low_at), high=cell_text(high), high_at=as_text(high_at)
    )


def _figure(times: list[str], columns: dict[str, tuple[Cell, ...]]) -> dict[str, Any]:
    """Plotly's figure. Its colours are for light and dark alike; public/style.css gives its text the page's own."""
    mode = "lines+markers" if len(times) <= 60 else "lines"
    data = [
        {"type": "scatter", "mode": mode, "name": name, "x": times, "y": list(values), "line": {"color": colour}}
        for (name, values), colour in zip(columns.items(), _COLOURS, strict=False)
    ]
    axis = {"gridcolor": _FAINT, "zerolinecolor": _FAINT, "fixedrange": True, "automargin": True}
    layout = {
        "height": 300,
        "autosize": True,
        "margin": {"l": 40, "r": 16, "t": 16, "b": 40},
        "paper_bgcolor": "rgba(0, 0, 0, 0)",
        "plot_bgcolor": "rgba(0, 0, 0, 0)",
        "hovermode": "x unified",
        "showlegend": True,
        "legend": {"orientation": "h", "y": -0.2},
        "xaxis": axis | _time_axis(times),
        "yaxis": axis,
    }
    return {"data": data, "layout": layout, "config": {"displayModeBar": False, "responsive": True}}


def _time_axis(times: list[str]) -> dict[str, Any]:
    try:
        for at in times:
            datetime.fromisoformat(at)
    except ValueError:  # such as 09:00 or Monday
        return {"type": "category", "nticks": 8}
    return {"type": "date", "tickformat": "%H:%M\n%m-%d" if any(":" in at for at in times) else "%m-%d"}
