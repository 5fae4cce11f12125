// The viewer's elements: a bar of tools over a black stage, with what is written on the stage.

import { PRESETS } from "./grey_window.js";
import { words } from "./words.js";

// Groups of tools: action, icon of the page's icon font, key.
const TOOLS = [
  [["grey", "contrast"], ["ruler", "straighten", "l"], ["lens", "loupe", "g"]],
  [["out", "zoom_out", "−"], ["in", "zoom_in", "+"], ["fit", "fit_screen", "0"], ["actual", "1:1", "z"]],
  PRESETS.map((preset) => [preset.name, null]),
  [["invert", "invert_colors", "i"], ["rotate", "rotate_90_degrees_cw", "r"], ["mirror", "flip", "m"]],
  [["heat", "local_fire_department", "h"], ["beside", "splitscreen_left", "s"]],
  [["reset", "restart_alt"], ["full", "fullscreen"], ["keys", "keyboard", "?"]],
];

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

export function build(act) {
  const buttons = {};
  const groups = TOOLS.map((group) => {
    const made = group.map(([action, icon, key]) => (buttons[action] = tool(action, icon, key, act)));
    return element("div", { class: "group", role: "group" }, ...made);
  });
  groups[2].setAttribute("aria-label", words.presets);
  const compare = element("select", { "aria-label": words.compare, class: "compare", hidden: true });
  const toolbar = element("div", { class: "toolbar", role: "toolbar", "aria-label": words.toolbar }, ...groups, compare);
  rove(toolbar, Object.values(buttons));

  const parts = {
    film: element("canvas", { class: "film", role: "img", "aria-label": words.film }),
    marks: element("canvas", { class: "marks", "aria-hidden": "true" }),
    signs: element("div", { class: "signs", role: "status" }),
    labels: element("div", { class: "labels" }),
    readout: element("div", { class: "readout" }),
    message: element("div", { class: "message", role: "status" }),
    ...legend(),
    keys: keyList(act),
  };
  const { film, marks, signs, labels, readout, message, heatPanel, keys } = parts;
  const stage = element(
    "div",
    { class: "stage", tabindex: "0", role: "application", "aria-label": words.stage },
    ...[film, marks, signs, labels, element("div", { class: "foot" }, readout, heatPanel), message, keys],
  );
  return { root: element("div", { class: "viewer" }, toolbar, stage), stage, buttons, compare, ...parts };
}

function tool(action, icon, key, act) {
  const preset = PRESETS.find(({ name }) => name === action);
  const label = preset ? words.preset[action] : words[action];
  const help = preset ? words.presetHelp(preset) : label;
  const button = element("button", { type: "button", "aria-label": label });
  button.title = button.help = key ? `${help} (${key})` : help;
  const drawn = icon && icon !== "1:1";
  button.append(element("span", { class: drawn ? "icon" : "text", "aria-hidden": "true" }, icon ?? label));
  button.addEventListener("click", () => act(action));
  return button;
}

// One stop of the Tab key for the whole bar; arrows move within it.
function rove(toolbar, buttons) {
  const current = (next) => buttons.forEach((button) => (button.tabIndex = button === next ? 0 : -1));
  current(buttons[0]);
  toolbar.addEventListener("focusin", (event) => buttons.includes(event.target) && current(event.target));
  toolbar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const usable = buttons.filter((button) => !button.disabled);
    const place = usable.indexOf(event.target);
    if (!step || place < 0) return;
    event.preventDefault();
    usable[(place + step + usable.length) % usable.length].focus();
  });
}

function legend() {
  const bar = element("div", { class: "bar", "aria-hidden": "true" });
  const opacity = element("input", { type: "range", min: 0, max: 100, step: 5, "aria-label": words.opacity });
  const contour = element("input", { type: "checkbox" });
  const ends = element("div", { class: "ends" }, element("span", {}, words.low), element("span", {}, words.high));
  const scale = element("div", {}, bar, ends);
  const settings = element(
    "div",
    { class: "settings" },
    element("label", {}, words.opacity, opacity),
    element("label", {}, contour, words.contour),
  );
  const heatPanel = element("div", { class: "panel heat", hidden: true }, scale, settings);
  return { heatPanel, bar, opacity, contour };
}

function keyList(act) {
  const close = element("button", { type: "button", "aria-label": words.close, title: words.close });
  close.append(element("span", { class: "icon", "aria-hidden": "true" }, "close"));
  close.addEventListener("click", () => act("keys"));
  const rows = words.keyList.flatMap(([key, action]) => [element("dt", {}, key), element("dd", {}, action)]);
  return element(
    "div",
    { class: "panel keys", role: "region", "aria-label": words.keys, hidden: true },
    element("div", { class: "head" }, element("strong", {}, words.keys), close),
    element("p", {}, words.mouse),
    element("dl", {}, ...rows),
  );
}
