// How long a message may be: 10,000 characters, as the server counts them. For the box to write in, and for changing one.
function lengthOf(text) {
  const LIMIT = 10_000;
  const NEAR = 9_000;
  const number = new Intl.NumberFormat("en");
  const length = text.length <= NEAR ? text.length : [...text].length;
  return {
    near: length > NEAR,
    over: length > LIMIT,
    count: `${number.format(length)} / ${number.format(LIMIT)}`,
    words: `A message can have ${number.format(LIMIT)} characters; this one has ${number.format(length)}. Shorten it, or send it in parts.`,
  };
}
