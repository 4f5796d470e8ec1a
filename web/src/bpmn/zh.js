/* Chinese for bpmn-js's viewer; a string without translation is collected so that a test can name it. */
const DICTIONARY = {
  'Open {element}': '打开 {element}',
};

export const missing = new Set();

export function translate(template, replacements = {}) {
  const text = DICTIONARY[template];
  if (text === undefined) missing.add(template);
  return (text ?? template).replace(/{([^}]+)}/g, (whole, key) => replacements[key] ?? whole);
}

export default { translate: ['value', translate] };
