/** The few drawings of the buttons; each stands beside words, or in a button that has a name. */

const PATHS = {
  play: "M5 3l9 5-9 5z",
  stop: "M4 4h8v8H4z",
  restart: "M8 2.5a5.5 5.5 0 105.5 5.5h-2A3.5 3.5 0 118 4.500v2.2l3.600-3.200L8 .3z",
  edit: "M2 11.500V14h2.500l7.300-7.300-2.500-2.500zM10.400 3.100l2.500 2.500 1.300-1.300-2.500-2.500z",
  bin: "M5.500 1.500h5V3H14v1.500H2V3h3.500zM3 5.500h10L12.200 15H3.800z",
  add: "M7 2h2v5h5v2H9v5H7V9H2V7h5z",
  sound: "M2 6v4h2.500L8 13.500v-11L4.500 6zM10 4.500a4.500 4.500 0 010 7v-1.800a3 3 0 000-3.400z",
  silent: "M2 6v4h2.500L8 13.500v-11L4.500 6zM10 6l1-1 1.500 1.700L14 5l1 1-1.600 1.900L15 10l-1 1-1.500-1.800L11 11l-1-1 1.600-2.100z",
  back: "M10.500 2L4.500 8l6 6 1.400-1.400L7.300 8l4.600-4.600z",
};

/** @param {keyof typeof PATHS} name */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(space, "svg");
  drawing.setAttribute("viewBox", "0 0 16 16");
  drawing.setAttribute("class", "icon");
  drawing.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", PATHS[name]);
  drawing.append(path);
  return drawing;
}
