// A row of the timeline lights its element; a picked element filters the rows.
const ORDER = 'timeline-newest-first';

function concerns(row, process, element) {
  const own = row.dataset.process === process && row.dataset.element === element;
  return own || row.dataset.touched.split(' ').includes(`${process}/${element}`);
}

export function linkTimeline(box, diagram, root) {
  const list = box.querySelector('ol');
  const filter = box.querySelector('[data-filter]');
  const newest = box.querySelector('[data-newest]');

  function reorder() {
    const sign = newest.checked ? -1 : 1;
    const rows = [...list.children].sort((a, b) => sign * (a.dataset.number - b.dataset.number));
    list.replaceChildren(...rows);
  }

  function filterBy(process, element, name) {
    let shown = 0;
    for (const row of list.children) {
      row.hidden = Boolean(element) && !concerns(row, process, element);
      if (!row.hidden) shown += 1;
    }
    filter.hidden = !element;
    filter.querySelector('span').textContent = `只看“${name || element}”：${shown ? `${shown} 条` : '没有记录'}`;
  }

  async function locate(process, element) {
    await (await diagram)?.focus(process, element);
    for (const row of list.children) row.removeAttribute('aria-current');
    if (root && matchMedia('(max-width: 900px)').matches) root.scrollIntoView({ block: 'start' });
  }

  newest.checked = localStorage.getItem(ORDER) !== 'no';
  newest.addEventListener('change', () => {
    localStorage.setItem(ORDER, newest.checked ? 'yes' : 'no');
    reorder();
  });
  reorder();

  list.addEventListener('click', async (event) => {
    const row = event.target.closest('[data-element]');
    if (!event.target.closest('[data-locate]')) return;
    await locate(row.dataset.process, row.dataset.element);
    row.setAttribute('aria-current', 'step');
  });
  box.querySelector('[data-all]').addEventListener('click', async () => {
    filterBy('', '', '');
    const viewer = await diagram;
    if (viewer) await viewer.focus(viewer.process, null);
  });
  root?.addEventListener('element-picked', ({ detail }) => filterBy(detail.process, detail.element, detail.name));
  for (const button of document.querySelectorAll('[data-show-element]')) {
    button.addEventListener('click', () => {
      locate(button.dataset.showProcess, button.dataset.showElement);
      root?.scrollIntoView({ block: 'center', behavior: 'smooth' });
    });
  }
}
