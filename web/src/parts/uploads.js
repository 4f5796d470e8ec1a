// Each chosen file goes to the server at once, with its progress; the form then carries the id it got.
const MEGABYTE = 2 ** 20;

export function uploads(box, changed) {
  const input = box.querySelector('input[type=file]');
  const list = box.querySelector('.file-list');
  const { url, name, most, megabytes } = box.dataset;
  const count = () => list.querySelectorAll('.file:not(.bad)').length;

  input.addEventListener('change', () => {
    list.querySelectorAll('.file.bad').forEach((line) => line.remove());
    for (const file of input.files) {
      if (count() >= Number(most)) { refuse(file, `超过 ${most} 个，没有上传`); continue; }
      if (file.size > Number(megabytes) * MEGABYTE) { refuse(file, `有 ${(file.size / MEGABYTE).toFixed(1)} MB，超过 ${megabytes} MB，请压缩后再传`); continue; }
      send(file);
    }
    input.value = '';
  });
  list.addEventListener('click', (event) => {
    if (!event.target.closest('[data-remove]')) return;
    event.target.closest('.file').remove();
    changed();
  });

  function line(className, text) {
    const item = Object.assign(document.createElement('li'), { className });
    item.append(Object.assign(document.createElement('span'), { className: 'name', textContent: text }));
    list.append(item);
    return item;
  }

  function refuse(file, reason, item = line('file bad', '')) {
    item.className = 'file bad callout bad';
    item.replaceChildren(Object.assign(document.createElement('span'), { className: 'name', textContent: `${file.name}：${reason}` }));
    item.setAttribute('role', 'alert');
  }

  function send(file) {
    const item = line('file', file.name);
    const progress = Object.assign(document.createElement('progress'), { max: file.size || 1, value: 0 });
    progress.setAttribute('aria-label', `正在上传 ${file.name}`);
    item.append(progress);
    box.toggleAttribute('data-busy', true);
    const data = new FormData();
    data.append('_field', name);
    data.append('_file', file);
    const request = new XMLHttpRequest();
    request.open('POST', url);
    request.setRequestHeader('HX-Request', 'true');
    request.upload.addEventListener('progress', (event) => { progress.value = event.loaded; });
    request.addEventListener('loadend', () => {
      if (request.status === 200) { item.outerHTML = request.responseText; changed(); }
      else refuse(file, request.getResponseHeader('X-Message') ? decodeURIComponent(request.getResponseHeader('X-Message')) : '没有上传成功，请检查网络后重新选择', item);
      box.toggleAttribute('data-busy', Boolean(list.querySelector('progress')));
    });
    request.send(data);
  }
}
