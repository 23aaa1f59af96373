"""Recognition of page images: RapidOCR with the PP-OCR models of its wheel, one thread, no direction classifier.

The page is drawn in the same child, so no image is encoded on the way. Character edges come from the columns in which
the recognition network saw each character (CTC), not from an even division: narrow digits and wide characters mix.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import rapidocr

from render.jail.errors import OpError
from render.jail.source import Source
from render.ops import image as image_ops
from render.ops import ofd, order, orientation, pdf, tiles
from render.ops.blank import is_blank

Result = tuple[dict[str, Any], bytes]
Array = npt.NDArray[Any]
ENGINE = f"rapidocr-{rapidocr.__version__}" if hasattr(rapidocr, "__version__") else "rapidocr"
_MODELS = Path(rapidocr.__file__).parent / "models"
_PARAMS = {
    "Global.use_cls": False,
    "Global.log_level": "critical",
    "Rec.rec_batch_num": 1,
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    # Named files keep the engine from looking for a download.
    "Det.model_path": str(_MODELS / "PP-OCRv6_det_small.onnx"),
    "Rec.model_path": str(_MODELS / "PP-OCRv6_rec_small.onnx"),
}
_MAX_PIXELS = 64_000_000
_LEAST_CONFIDENCE = 0.5
_DOUBTFUL = 0.8
_EVEN_PAPER = 0.5
_GRAIN_DEPTH = 6
_GRAIN = np.random.default_rng(7).normal(0, _GRAIN_DEPTH, (512, 512, 1)).astype(np.int16).repeat(3, axis=2)
_DRAWN = {"pdf": pdf.draw_page, "ofd": ofd.draw_page}
_engine: rapidocr.RapidOCR | None = None


def prepare() -> None:
    """Loads the models by reading a word, so that the first page is as fast as the others."""
    global _engine
    cv2.setNumThreads(1)
    _engine = rapidocr.RapidOCR(params=_PARAMS)
    _engine.return_word_box = True
    sample = np.full((64, 320, 3), 255, np.uint8)
    cv2.putText(sample, "0123", (20, 45), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (0, 0, 0), 2)
    recognise(sample)


def _page(params: dict[str, Any], source: Source) -> Result:
    """Page `page` of a `pdf`, `ofd` or `image`, the first two drawn at `dpi`: size, lines with confidence, engine, and
    whether it is blank; then nothing is looked for on it."""
    if params["kind"] in _DRAWN:
        draw = _DRAWN[params["kind"]]
        drawn, width, height = draw(source, params["page"], dpi=params["dpi"], max_pixels=_MAX_PIXELS)
    else:
        drawn = image_ops.draw_page(source, params["page"])
        width, height = drawn.size
    pixels = np.ascontiguousarray(np.asarray(drawn)[:, :, ::-1])
    blank = params["kind"] != "ofd" and is_blank(pixels)  # of an OFD page only the pictures were drawn
    found = [] if blank else recognise(pixels)
    scale_x, scale_y = width / drawn.width, height / drawn.height
    page = {
        "number": params["page"],
        "width": round(width, 2),
        "height": round(height, 2),
        "lines": [_in_page_units(line, scale_x, scale_y) for line in found],
        "needs_ocr": False,
        "blank": blank,
        "engine": ENGINE,
    }
    return page, b""


OPS = {"ocr.page": _page}


def recognise(pixels: Array) -> list[dict[str, Any]]:
    """Lines on a BGR image in reading order, boxes in its pixels."""
    window = tiles.find_window(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY))
    if window is None:
        return []
    pixels = np.ascontiguousarray(pixels[window.top : window.bottom, window.left : window.right])
    return [_moved(line, window.left, window.top) for line in _recognise_upright(pixels)]


def _recognise_upright(pixels: Array) -> list[dict[str, Any]]:
    """Lines of a picture that may be turned: read once more where it cannot be upright, if that says more."""
    found = _recognise_window(pixels)
    quarters = orientation.find_turn(found)
    if not quarters:
        return found
    turned = _recognise_window(np.ascontiguousarray(np.rot90(pixels, quarters)))
    if not orientation.is_better(turned, found):
        return found
    height, width = pixels.shape[:2]
    return [orientation.turn_back(line, quarters, width, height) for line in turned]


def _recognise_window(pixels: Array) -> list[dict[str, Any]]:
    height, width = pixels.shape[:2]
    scale, cuts = tiles.plan_tiles(width, height)
    if len(cuts) == 1:
        return order.sort_lines(_read(pixels, 0, 0))
    wide, high = max(cut.right for cut in cuts), max(cut.bottom for cut in cuts)
    page = cv2.resize(pixels, (wide, high), interpolation=cv2.INTER_AREA) if scale < 1 else pixels
    parts = (
        (cut, _read(np.ascontiguousarray(page[cut.top : cut.bottom, cut.left : cut.right]), cut.left, cut.top))
        for cut in cuts
    )
    found = order.sort_lines(tiles.join_lines(parts, wide, high))
    return [_in_page_units(line, width / wide, height / high) for line in found]


def _read(pixels: Array, left: int, top: int) -> list[dict[str, Any]]:
    """Lines on one picture whose corner lies at (left, top) of the page."""
    if _engine is None:
        raise OpError("tool_failed")
    shrunk, record = _engine.preprocess_img(pixels)
    regions, _, texts, _ = _engine.run_ocr_steps(_grained(shrunk), record)
    if regions.boxes is None or texts.txts is None:
        return []
    padding, ratios = record["padding_1"], record["preprocess"]
    quads = np.asarray(regions.boxes, dtype=float) - [padding["left"], padding["top"]]
    quads = quads * [ratios["ratio_w"], ratios["ratio_h"]] + [left, top]
    return [
        _line(quad, text, float(score), word)
        for quad, text, score, word in zip(quads, texts.txts, texts.scores, texts.word_results, strict=True)
        if text.strip() and score >= _LEAST_CONFIDENCE
    ]


def _grained(pixels: Array) -> Array:
    """The picture with a faint grain where its paper is perfectly even.

    On clean paper the detection network overlooks a lonely small line, say a page that holds nothing but its number
    (measured at 200 dots an inch: lost at 10 points, found with grain); real scans have grain of their own.
    """
    shades = np.bincount(pixels[::8, ::8, 0].ravel(), minlength=256)
    if shades.max() < _EVEN_PAPER * shades.sum():
        return pixels
    height, width = pixels.shape[:2]
    down, across = -(-height // _GRAIN.shape[0]), -(-width // _GRAIN.shape[1])
    grain = np.tile(_GRAIN, (down, across, 1))[:height, :width]
    grained: Array = cv2.add(pixels, grain, dtype=cv2.CV_8U)
    return grained


def _line(quad: Array, text: str, score: float, word: Any) -> dict[str, Any]:
    lead = len(text) - len(text.lstrip())
    text = text.strip()
    is_vertical = orientation.is_tall(quad)
    confidences = list(word.confs)[lead : lead + len(text)]
    return {
        "text": text,
        "quad": quad.tolist(),
        "box": [*quad.min(axis=0).tolist(), *quad.max(axis=0).tolist()],
        "edges": _edges(quad, text, word, is_vertical=is_vertical),
        "vertical": is_vertical,
        "confidence": round(score, 4),
        "doubtful": [index for index, value in enumerate(confidences) if value < _DOUBTFUL],
    }


def _edges(quad: Array, text: str, word: Any, *, is_vertical: bool) -> list[float]:
    """Right (for a vertical line lower) edge of each character in pixels."""
    columns = [column for part in word.word_cols for column in part]
    total = max(float(word.line_txt_len), 1.0)
    solid = [index for index, char in enumerate(text) if not char.isspace()]
    if not columns or len(columns) != len(solid):
        centres = (np.arange(len(text)) + 0.5) / len(text)
    else:
        # Blanks have no column of their own; they get their place between the neighbours.
        centres = np.interp(np.arange(len(text)), solid, (np.array(columns) + 0.5) / total)
    shares = np.append((centres[1:] + centres[:-1]) / 2, 1.0).clip(0.0, 1.0)
    if is_vertical:
        begin, end = (quad[0][1] + quad[1][1]) / 2, (quad[2][1] + quad[3][1]) / 2
    else:
        begin, end = (quad[0][0] + quad[3][0]) / 2, (quad[1][0] + quad[2][0]) / 2
    return [float(edge) for edge in begin + shares * (end - begin)]


def _moved(line: dict[str, Any], left: int, top: int) -> dict[str, Any]:
    x0, y0, x1, y1 = line["box"]
    along = top if line["vertical"] else left
    return line | {
        "box": [x0 + left, y0 + top, x1 + left, y1 + top],
        "edges": [edge + along for edge in line["edges"]],
    }


def _in_page_units(line: dict[str, Any], scale_x: float, scale_y: float) -> dict[str, Any]:
    x0, y0, x1, y1 = line["box"]
    along = scale_y if line["vertical"] else scale_x
    line = {name: value for name, value in line.items() if name != "quad"}
    line["box"] = [round(x0 * scale_x, 1), round(y0 * scale_y, 1), round(x1 * scale_x, 1), round(y1 * scale_y, 1)]
    line["edges"] = [round(edge * along, 1) for edge in line["edges"]]
    return line
