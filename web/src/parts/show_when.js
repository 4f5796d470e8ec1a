// Fields that hang on another field's value: only shown and hidden here, the server decides what counts.
export function showWhen(form) {
  const parts = [...form.querySelectorAll('[data-show-when]')].map((box) => ({ box, condition: JSON.parse(box.dataset.showWhen) }));
  if (!parts.length) return;

  const values = (name) => new FormData(form).getAll(name).filter((value) => typeof value === 'string' && value !== '');
  const holds = ({ field, in: wanted }) => {
    const source = form.querySelector(`[data-field="${CSS.escape(field)}"]`);
    if (source?.closest('[data-show-when][hidden]')) return false;
    const chosen = values(field);
    if (!chosen.length) chosen.push('false'); // an empty checkbox posts nothing
    return chosen.some((value) => wanted.map(String).includes(value));
  };

  const apply = () => {
    for (let pass = 0; pass < parts.length; pass += 1) {
      let changed = false;
      for (const { box, condition } of parts) {
        const hidden = !holds(condition);
        if (box.hidden !== hidden) { box.hidden = hidden; changed = true; }
      }
      if (!changed) break;
    }
    for (const section of form.querySelectorAll('.form-section')) {
      const boxes = [...section.querySelectorAll('.conditional')];
      section.hidden = boxes.every((box) => box.hidden);
      const legend = section.querySelector(':scope > legend'); // a heading belongs to the field it stands over
      if (legend) legend.hidden = boxes[0].hidden;
    }
  };
  form.addEventListener('change', apply);
  apply();
}
