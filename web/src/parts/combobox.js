// Turns a long <select> into a field to type in; the select stays the form's value.
const STEP = { ArrowDown: 1, ArrowUp: -1 };

export function combobox(select) {
  const input = Object.assign(document.createElement('input'), {
    className: 'input', type: 'text', autocomplete: 'off', spellcheck: false, placeholder: '输入文字或序号查找',
  });
  const list = Object.assign(document.createElement('ul'), { id: `${select.id}-list`, hidden: true });
  const box = Object.assign(document.createElement('div'), { className: 'combobox' });
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', '可选项');
  for (const [name, value] of Object.entries({ role: 'combobox', 'aria-expanded': 'false', 'aria-controls': list.id, 'aria-autocomplete': 'list' })) input.setAttribute(name, value);
  for (const name of ['aria-describedby', 'aria-invalid', 'aria-required']) if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));

  const options = [...select.options].filter((option) => option.value !== '');
  const chosen = () => (select.value === '' ? '' : select.selectedOptions[0]?.text ?? '');
  let active = -1;

  const close = () => { list.hidden = true; active = -1; input.setAttribute('aria-expanded', 'false'); input.removeAttribute('aria-activedescendant'); };
  const mark = (index) => {
    const items = list.querySelectorAll('[role=option]');
    items[active]?.classList.remove('active');
    active = items.length ? (index + items.length) % items.length : -1;
    if (active < 0) return;
    items[active].classList.add('active');
    items[active].scrollIntoView({ block: 'nearest' });
    input.setAttribute('aria-activedescendant', items[active].id);
  };
  const open = (filter) => {
    const words = filter.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const found = options.filter((option) => words.every((word) => option.text.toLowerCase().includes(word)));
    list.replaceChildren(...(found.length ? found.map(item) : [Object.assign(document.createElement('li'), { className: 'none', textContent: '没有符合的项，换个词试试' })]));
    list.hidden = false;
    input.setAttribute('aria-expanded', 'true');
    const current = found.findIndex((option) => option.selected);
    mark(current < 0 ? 0 : current);
  };
  const item = (option) => {
    const line = Object.assign(document.createElement('li'), { id: `${select.id}-${option.index}`, textContent: option.text });
    line.setAttribute('role', 'option');
    line.setAttribute('aria-selected', String(option.selected));
    line.addEventListener('pointerdown', (event) => event.preventDefault());
    line.addEventListener('click', () => choose(option));
    return line;
  };
  const choose = (option) => {
    select.value = option ? option.value : '';
    input.value = chosen();
    close();
    select.dispatchEvent(new Event('change', { bubbles: true }));
  };

  input.value = chosen();
  input.addEventListener('focus', () => input.select());
  input.addEventListener('click', () => open(''));
  input.addEventListener('input', (event) => { event.stopPropagation(); open(input.value); });
  input.addEventListener('change', (event) => event.stopPropagation());
  input.addEventListener('blur', () => {
    if (input.value.trim() === '' && select.value !== '') choose(null);
    input.value = chosen();
    close();
  });
  input.addEventListener('keydown', (event) => {
    if (event.key in STEP) {
      event.preventDefault();
      if (list.hidden) open(''); else mark(active + STEP[event.key]);
    } else if (event.key === 'Enter' && !list.hidden) {
      event.preventDefault();
      const picked = list.querySelectorAll('[role=option]')[active];
      if (picked) choose(options.find((option) => `${select.id}-${option.index}` === picked.id));
    } else if (event.key === 'Escape' && !list.hidden) {
      event.preventDefault();
      input.value = chosen();
      close();
    }
  });

  select.hidden = true;
  select.before(box);
  box.append(input, list);
  const label = document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
  input.id = `${select.id}-text`;
  if (label) label.htmlFor = input.id;
}
