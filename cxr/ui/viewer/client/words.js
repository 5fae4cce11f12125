// All texts of the viewer.

const number = (value, digits = 0) => value.toFixed(digits);

export const words = {
  toolbar: "Film tools",
  stage: "Film. Press the question mark for keys.",
  film: "The film",
  filmWithHeat: "The film with its heat map",
  grey: "Drag to change brightness and contrast",
  ruler: "Measure",
  noRuler: "Measuring is not possible: the file gives no pixel spacing",
  lens: "Magnifier",
  out: "Zoom out",
  in: "Zoom in",
  fit: "Fit to the frame",
  actual: "Actual size: one pixel of the film on one of the screen",
  invert: "Invert grey levels on the screen",
  rotate: "Rotate by 90°",
  mirror: "Mirror",
  heat: "Heat map",
  noHeat: "No heat map",
  contour: "Outline of the hottest region",
  beside: "Heat map beside the film",
  opacity: "Opacity of the heat map",
  low: "low",
  high: "high (same scale for all films)",
  reset: "Reset view and window",
  full: "Full screen",
  keys: "Keys",
  close: "Close",
  presets: "Window",
  preset: { stored: "Stored", lung: "Lung", bone: "Bone", mediastinum: "Mediastinum" },
  presetHelp: ({ from, to }) =>
    from === null
      ? "The grey levels as stored in the file"
      : `From the ${ordinal(from)} to the ${ordinal(to)} percentile of this film's grey levels`,
  compare: "Compare with",
  nothing: "No other film",
  loading: "Loading full resolution …",
  failed: "Full resolution could not be loaded. Reload the page to try again.",
  noFilm: "The film could not be loaded. Reload the page to try again.",
  invertedSign: "Inverted",
  rotatedSign: (degrees) => `Rotated ${degrees}°`,
  mirroredSign: "Mirrored",
  reduced: "Reduced resolution: the film is too large for this browser's graphics",
  value: (x, y, grey) => `x ${x}, y ${y}: grey level ${grey}`,
  zoom: (share) => `Zoom ${number(100 * share)} %`,
  window: (centre, width) => `Level ${number(centre)}, width ${number(width)}`,
  length: (mm, atDetector) => `Length ${number(mm, 1)} mm${atDetector ? ", at the detector" : ""}`,
  millimetres: (mm) => `${number(mm, 1)} mm`,
  // What lies before the detector is smaller than it measures.
  scaleBar: (mm, atDetector) => (mm < 10 ? `${mm} mm` : `${mm / 10} cm`) + (atDetector ? " at the detector" : ""),
  keyList: [
    ["+ −", "zoom in, zoom out"],
    ["0", "fit to the frame (or double-click)"],
    ["z", "actual size"],
    ["← ↑ → ↓", "move"],
    ["[ ]", "narrower, wider window"],
    [", .", "brighter, darker"],
    ["w", "next preset window"],
    ["i", "invert"],
    ["r", "rotate"],
    ["m", "mirror"],
    ["h", "heat map"],
    ["c", "outline"],
    ["s", "heat map beside the film"],
    ["g", "magnifier"],
    ["l", "measure a length"],
    ["Esc", "back to moving"],
    ["?", "this list"],
  ],
  mouse: "Wheel: zoom. Drag: move. Right drag: window. Two fingers: zoom and move.",
};

function ordinal(share) {
  const ending = Number.isInteger(share) ? { 1: "st", 2: "nd", 3: "rd" }[share % 10] : undefined;
  return `${share}${share > 10 && share < 14 ? "th" : (ending ?? "th")}`;
}
