"""Recognition of page images: RapidOCR with the PP-OCR models of its wheel, one thread, no direction classifier.

The page is drawn in the same child, so no image is encoded on the way. Character edges come from the columns in which
the recognition network saw each character (CTC), not from an even division: narrow digits and wide characters mix.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import rapidocr

from render.jail.errors import OpError
from render.jail.source import Source
from render.ops import image as image_ops
from render.ops import order, pdf

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
_MAX_PIXELS = 40_000_000
_LEAST_CONFIDENCE = 0.5
_DOUBTFUL = 0.8
# The engine turns a piece that is this much higher than wide by 90° before it reads it.
_UPRIGHT_RATIO = 1.5
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
    """Page `page` of a `pdf` or `image`: width, height, lines with confidence, engine. PDF pages are drawn at `dpi`."""
    if params["kind"] == "pdf":
        drawn, width, height = pdf.draw_page(source, params["page"], dpi=params["dpi"], max_pixels=_MAX_PIXELS)
    else:
        drawn = image_ops.draw_page(source, params["page"])
        width, height = drawn.size
    found = recognise(np.ascontiguousarray(np.asarray(drawn)[:, :, ::-1]))
    scale_x, scale_y = width / drawn.width, height / drawn.height
    page = {
        "number": params["page"],
        "width": round(width, 2),
        "height": round(height, 2),
        "lines": [_in_page_units(line, scale_x, scale_y) for line in found],
        "needs_ocr": False,
        "engine": ENGINE,
    }
    return page, b""


OPS = {"ocr.page": _page}


def recognise(pixels: Array) -> list[dict[str, Any]]:
    """Lines on a BGR image in reading order, boxes in its pixels."""
    if _engine is None:
        raise OpError("tool_failed")
    shrunk, record = _engine.preprocess_img(pixels)
    regions, _, texts, _ = _engine.run_ocr_steps(shrunk, record)
    if regions.boxes is None or texts.txts is None:
        return []
    padding, ratios = record["padding_1"], record["preprocess"]
    quads = np.asarray(regions.boxes, dtype=float) - [padding["left"], padding["top"]]
    quads *= [ratios["ratio_w"], ratios["ratio_h"]]
    rows = [
        _line(quad, text, float(score), word)
        for quad, text, score, word in zip(quads, texts.txts, texts.scores, texts.word_results, strict=True)
        if text.strip() and score >= _LEAST_CONFIDENCE
    ]
    return order.sort_lines(rows)


def _line(quad: Array, text: str, score: float, word: Any) -> dict[str, Any]:
    lead = len(text) - len(text.lstrip())
    text = text.strip()
    across = max(math.dist(quad[0], quad[1]), math.dist(quad[3], quad[2]))
    down = max(math.dist(quad[0], quad[3]), math.dist(quad[1], quad[2]))
    is_vertical = down >= _UPRIGHT_RATIO * max(across, 1.0)
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


def _in_page_units(line: dict[str, Any], scale_x: float, scale_y: float) -> dict[str, Any]:
    x0, y0, x1, y1 = line["box"]
    along = scale_y if line["vertical"] else scale_x
    line = {name: value for name, value in line.items() if name != "quad"}
    line["box"] = [round(x0 * scale_x, 1), round(y0 * scale_y, 1), round(x1 * scale_x, 1), round(y1 * scale_y, 1)]
    line["edges"] = [round(edge * along, 1) for edge in line["edges"]]
    return line
