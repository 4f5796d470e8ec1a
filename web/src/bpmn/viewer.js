/* A read-only BPMN diagram with the path taken on it; tells the page which element was picked. */
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import './diagram.css';
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import Chinese, { missing } from './zh.js';
import { touchNavigation } from './touch.js';

const LEGIBLE = 0.75; // below this zoom the 12 px labels cannot be read: show a part instead of the whole
const FONT = 'system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
const STATES = { done: '已完成', active: '办理中', cancelled: '已取消', overdue: '已超时' };

export class Diagram {
  constructor(root) {
    this.root = root;
    this.canvasBox = root.querySelector('[data-canvas]');
    this.tabs = [...root.querySelectorAll('[role=tab]')];
    this.paths = {};
    this.sources = new Map();
    this.focused = null;
    this.viewer = new NavigatedViewer({
      container: this.canvasBox,
      additionalModules: [Chinese],
      textRenderer: { defaultStyle: { fontFamily: FONT }, externalStyle: { fontFamily: FONT } },
      bpmnRenderer: { defaultStrokeColor: '#8b8f93', defaultLabelColor: '#1d232b' },
    });
    this.bindTabs();
    this.bindTools();
    this.bindCanvas();
  }

  async load() {
    if (this.root.dataset.pathUrl) this.paths = await getJson(this.root.dataset.pathUrl);
    const first = this.tabs.find((tab) => tab.getAttribute('aria-selected') === 'true') ?? this.tabs[0];
    await this.show(first.dataset.process);
  }

  async show(process) {
    if (this.process === process) return;
    const tab = this.tabs.find((candidate) => candidate.dataset.process === process);
    if (!tab) return;
    const xml = await this.source(tab.dataset.xmlUrl);
    await this.viewer.importXML(xml);
    this.process = process;
    for (const each of this.tabs) {
      each.setAttribute('aria-selected', String(each === tab));
      each.tabIndex = each === tab ? 0 : -1;
    }
    this.paint(this.paths[process] ?? { visits: [], flows: [] });
    this.root.dataset.shown = process;
  }

  source(url) {
    if (!this.sources.has(url)) this.sources.set(url, getText(url));
    return this.sources.get(url);
  }

  paint({ visits, flows }) {
    const canvas = this.viewer.get('canvas');
    const registry = this.viewer.get('elementRegistry');
    for (const flow of flows) if (registry.get(flow)) canvas.addMarker(flow, 'taken');
    for (const visit of visits) {
      if (!registry.get(visit.element)) continue;
      canvas.addMarker(visit.element, visit.state);
      if (visit.overdue) canvas.addMarker(visit.element, 'overdue');
      visit.container = isOpenSubProcess(registry.get(visit.element));
      if (visit.container) canvas.addMarker(visit.element, 'container');
      else this.badge(visit);
    }
    this.frame(visits);
  }

  badge(visit) {
    const element = this.viewer.get('elementRegistry').get(visit.element);
    const busy = visit.state === 'active';
    if (!busy && visit.count < 2 && element.width < 80) return; // a tick on every event and gateway is noise
    const label = busy ? (visit.overdue ? '超时' : '办理中') : visit.count > 1 ? `${visit.count} 次` : '✓';
    const html = document.createElement('div');
    html.className = `visit-badge ${visit.overdue ? 'overdue' : visit.state}`;
    html.textContent = busy && visit.count > 1 ? `${label} · ${visit.count} 次` : label;
    html.title = [visit.name, STATES[visit.overdue ? 'overdue' : visit.state], visit.at, visit.actor]
      .filter(Boolean)
      .join(' · ');
    this.viewer.get('overlays').add(visit.element, { position: { top: -11, right: -6 }, html });
  }

  frame(visits) {
    const canvas = this.viewer.get('canvas');
    canvas.zoom('fit-viewport', 'auto');
    if (canvas.zoom() >= LEGIBLE) return;
    const anchor = visits.find((visit) => visit.state === 'active' && !visit.container) ?? visits.at(-1);
    canvas.zoom(LEGIBLE);
    if (anchor && this.center(anchor.element)) return;
    const { inner } = canvas.viewbox();
    canvas.viewbox({
      x: inner.x - 20,
      y: inner.y - 20,
      width: this.canvasBox.clientWidth / LEGIBLE,
      height: this.canvasBox.clientHeight / LEGIBLE,
    });
  }

  center(id) {
    const element = this.viewer.get('elementRegistry').get(id);
    if (!element) return false;
    const canvas = this.viewer.get('canvas');
    const { width, height } = canvas.viewbox();
    const x = element.x + (element.width ?? 0) / 2 - width / 2;
    const y = element.y + (element.height ?? 0) / 2 - height / 2;
    canvas.viewbox({ x, y, width, height });
    return true;
  }

  async focus(process, element) {
    await this.show(process);
    const canvas = this.viewer.get('canvas');
    if (this.focused && this.viewer.get('elementRegistry').get(this.focused)) {
      canvas.removeMarker(this.focused, 'focus');
    }
    this.focused = null;
    if (!element || !this.viewer.get('elementRegistry').get(element)) return;
    this.focused = element;
    canvas.addMarker(element, 'focus');
    canvas.scrollToElement(element, { top: 60, bottom: 60, left: 60, right: 60 });
  }

  bindTabs() {
    for (const tab of this.tabs) {
      tab.addEventListener('click', () => this.show(tab.dataset.process));
      tab.addEventListener('keydown', (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        const next = this.tabs[(this.tabs.indexOf(tab) + step + this.tabs.length) % this.tabs.length];
        next.focus();
        this.show(next.dataset.process);
        event.preventDefault();
      });
    }
  }

  bindTools() {
    const canvas = this.viewer.get('canvas');
    const tools = {
      in: () => canvas.zoom(Math.min(canvas.zoom() * 1.25, 4)),
      out: () => canvas.zoom(Math.max(canvas.zoom() / 1.25, 0.15)),
      fit: () => canvas.zoom('fit-viewport', 'auto'),
      here: () => this.frame(this.paths[this.process]?.visits ?? []),
      large: (button) => {
        const large = this.root.classList.toggle('is-large');
        button.setAttribute('aria-pressed', String(large));
        canvas.resized();
        tools.fit();
      },
    };
    for (const button of this.root.querySelectorAll('[data-tool]')) {
      button.addEventListener('click', () => tools[button.dataset.tool](button));
    }
    this.root.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && this.root.classList.contains('is-large')) {
        tools.large(this.root.querySelector('[data-tool=large]'));
      }
    });
  }

  bindCanvas() {
    touchNavigation(this.viewer, this.canvasBox);
    // the wheel scrolls the page unless the diagram was clicked first or Ctrl asks for zoom
    const active = () => this.viewer.get('canvas').isFocused() || this.root.classList.contains('is-large');
    this.canvasBox.addEventListener(
      'wheel',
      (event) => {
        if (!event.ctrlKey && !event.metaKey && !active()) event.stopPropagation();
      },
      { capture: true },
    );
    this.viewer.on('element.click', ({ element }) => {
      const id = element.labelTarget?.id ?? element.id;
      const picked = element.waypoints || !element.parent ? null : id;
      this.focus(this.process, picked);
      const detail = { process: this.process, element: picked, name: element.businessObject?.name ?? '' };
      this.root.dispatchEvent(new CustomEvent('element-picked', { detail, bubbles: true }));
    });
    new ResizeObserver(() => this.viewer.get('canvas').resized()).observe(this.canvasBox);
  }
}

function isOpenSubProcess(element) {
  return element.type === 'bpmn:SubProcess' && !element.collapsed;
}

async function getText(url) {
  const response = await fetch(url, { headers: { accept: 'application/xml, application/json' } });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.text();
}

async function getJson(url) {
  return JSON.parse(await getText(url));
}

export async function mount(root) {
  const diagram = new Diagram(root);
  try {
    await diagram.load();
    root.dataset.ready = '';
  } catch {
    root.querySelector('[data-failed]').hidden = false; // the text steps below still tell the whole story
  }
  root.untranslated = missing;
  return diagram;
}
