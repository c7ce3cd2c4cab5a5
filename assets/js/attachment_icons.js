// Icons of attached files and their buttons, in the style of templates/shared.

const PATHS = {
  pause: "M9 6.5v11M15 6.5v11",
  resume: "M8.5 6v12l9.5-6Z",
  retry: "M19.5 5.5v4h-4M19 9.2A7.8 7.8 0 1 0 19.7 13",
  remove: "M6.5 6.5l11 11M17.5 6.5l-11 11",
  discard: "M5 7h14M10 7V4.8h4V7M7 7l.8 12.5h8.4L17 7M10.3 10.5v5.5M13.7 10.5v5.5",
  record: "M12 7a5 5 0 1 0 0 10a5 5 0 1 0 0-10Z",
  stop: "M5.5 12.5l4.5 4.5 8.5-9.5",
  warning: "M12 4.5 20.5 19.5h-17ZM12 10v4.5M12 17v.2",
  file: "M7 3.8h6.5L18 8.3V20.2H7ZM13.5 3.8v4.5H18",
  image: "M4.5 5.5h15v13h-15ZM5 16.5l4.5-4.5 4 4 2.5-2.5 3.5 3.5M15.5 9.3v.4",
  audio: "M9 17.5V6.3l9-2v11.2M9 17.5a2.3 2.3 0 1 1-4.6 0a2.3 2.3 0 0 1 4.6 0ZM18 15.5a2.3 2.3 0 1 1-4.6 0a2.3 2.3 0 0 1 4.6 0Z",
  video: "M4 6.5h11v11H4ZM15 10.7l5-3v8.6l-5-3",
};

/** Makes the icon with this name. */
export function icon(name) {
  const [svg, path] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
  const stroke = { fill: "none", stroke: "currentColor", "stroke-width": 1.8, "stroke-linecap": "round", "stroke-linejoin": "round" };
  const frame = { class: "icon", viewBox: "0 0 24 24", width: 20, height: 20, "aria-hidden": true };
  for (const [key, value] of Object.entries({ d: PATHS[name], ...stroke })) path.setAttribute(key, value);
  for (const [key, value] of Object.entries(frame)) svg.setAttribute(key, value);
  svg.append(path);
  return svg;
}

/** Makes the icon for a media type such as "image/png". */
export function iconOf(type) {
  const [kind] = type.split("/");
  return icon(["image", "audio", "video"].includes(kind) ? kind : "file");
}
