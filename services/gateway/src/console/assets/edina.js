// Edina's page behaviour, about 200 lines: find as you type, swap pieces, follow what happens, keys.
// Every page works without it; the server renders all of the HTML that is shown here.
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const csrf = $('meta[name="csrf"]')?.content || "";
  const parse = (html) => new DOMParser().parseFromString(html, "text/html");
  const typing = () => {
    const at = document.activeElement;
    return at && (at.matches("input, textarea, select") || at.isContentEditable);
  };

  // --- Pieces of a page, re-rendered by the server -------------------------------------------------------------
  const busyWith = (piece) => piece.contains(document.activeElement) && typing() && !piece.matches(".finder-hits");
  const swap = (page, selectors) => {
    for (const selector of selectors) {
      const next = $(selector, page);
      const now = $(selector);
      if (!next || !now || next.outerHTML === now.outerHTML) continue;
      const open = $$("details[open][id]", now).map((it) => it.id);
      const scroll = $$(".board, .table-wrap", now).map((it) => it.scrollLeft);
      now.replaceWith(document.adoptNode(next));
      open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
      $$(".board, .table-wrap", next).forEach((it, i) => (it.scrollLeft = scroll[i] || 0));
    }
  };
  const reread = async (selectors) => {
    const answer = await fetch(location.href, { headers: { "x-fragment": "1" } });
    if (answer.ok) swap(parse(await answer.text()), selectors);
  };

  // --- Forms with data-swap: send, then swap the named pieces of the page that comes back -------------------------
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("form[data-swap]")) return;
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form, event.submitter));
    body.set("back", location.pathname + location.search);
    const button = event.submitter;
    if (button) button.disabled = true;
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { "x-csrf-token": csrf } });
      const page = parse(await answer.text());
      if (!answer.ok) return toast($("[data-problem]", page)?.textContent.trim() || String(answer.status));
      if (new URL(answer.url).pathname !== location.pathname) return location.assign(answer.url);
      document.activeElement?.blur();
      form.closest("details[open]")?.removeAttribute("open");
      swap(page, form.dataset.swap.split(","));
      form.closest(".pop")?.remove();
      form.dataset.reset !== undefined && form.reset();
    } catch {
      toast(document.body.dataset.offline);
    } finally {
      if (button) button.disabled = false;
    }
  });
  document.addEventListener("change", (event) => event.target.matches("[data-submit]") && event.target.form.requestSubmit());

  const toast = (text) => {
    $(".toast")?.remove();
    const note = Object.assign(document.createElement("div"), { className: "toast", textContent: text, role: "status" });
    document.body.append(note);
    setTimeout(() => note.remove(), 5000);
  };

  // --- A file for import: dropped or chosen, sent in pieces, so that any size goes, then its page --------------------
  const upload = $("form[data-upload]");
  if (upload) {
    const { file: input, kind, branch_id } = upload.elements;
    const problem = async (answer) => new Error($("[data-problem]", parse(await answer.text()))?.textContent.trim() || String(answer.status));
    // A piece may be sent twice: what is there stays.
    const send = async (url, body, tries = 5) => {
      for (;;) {
        const answer = await fetch(url, { method: "POST", body, headers: { "x-csrf-token": csrf } }).catch(() => null);
        if (answer?.ok) return answer;
        if (answer && answer.status < 500) throw await problem(answer);
        if (!--tries) throw answer ? await problem(answer) : new Error(document.body.dataset.offline);
        await new Promise((done) => setTimeout(done, 1000));
      }
    };
    upload.addEventListener("dragover", (event) => { event.preventDefault(); upload.classList.add("drop-over"); });
    upload.addEventListener("dragleave", () => upload.classList.remove("drop-over"));
    upload.addEventListener("drop", (event) => {
      event.preventDefault();
      upload.classList.remove("drop-over");
      if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
    });
    upload.addEventListener("submit", async (event) => {
      event.preventDefault();
      const file = input.files[0];
      const size = Number(upload.dataset.upload);
      const bar = $("progress", upload);
      if (!file) return;
      if (file.size > Number(upload.dataset.largest)) return toast(upload.dataset.tooLarge);
      event.submitter && (event.submitter.disabled = true);
      bar.hidden = false;
      try {
        const named = new URLSearchParams({ name: file.name, kind: kind.value, branch_id: branch_id.value, bytes: file.size });
        const { id } = await (await send(upload.action, named, 1)).json();
        for (let number = 0; number * size < file.size; number++) {
          await send(`/imports/${id}/pieces/${number}`, await file.slice(number * size, (number + 1) * size).arrayBuffer());
          bar.value = (100 * Math.min((number + 1) * size, file.size)) / file.size;
        }
        location.assign("/imports/" + id);
      } catch (error) {
        toast(error.message);
        event.submitter && (event.submitter.disabled = false);
        bar.hidden = true;
      }
    });
  }

  // --- Search as you type ----------------------------------------------------------------------------------------
  const finder = $(".finder");
  if (finder) {
    const input = $("input", finder);
    const hits = $(".finder-hits", finder);
    let turn = 0, timer = 0;
    const look = async () => {
      const mine = ++turn;
      const text = input.value.trim();
      if (text.length < 2) return void (hits.hidden = true);
      const answer = await fetch("/search?q=" + encodeURIComponent(text)).catch(() => null);
      if (!answer?.ok || mine !== turn) return;
      const found = $("#hits", parse(await answer.text()));
      if (mine !== turn || !found) return;
      hits.replaceChildren(document.adoptNode(found));
      hits.hidden = false;
    };
    input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, 90); });
    finder.addEventListener("submit", async (event) => {
      event.preventDefault();
      clearTimeout(timer);
      await look();
      const first = $("a[data-hit]", hits);
      first ? first.click() : (location.href = "/search?q=" + encodeURIComponent(input.value));
    });
    finder.addEventListener("keydown", (event) => {
      const links = $$("a[data-hit]", hits);
      const at = links.indexOf(document.activeElement);
      if (event.key === "ArrowDown") { event.preventDefault(); (links[at + 1] || links[0])?.focus(); }
      else if (event.key === "ArrowUp") { event.preventDefault(); (at > 0 ? links[at - 1] : input).focus(); }
      else if (event.key === "Escape") { hits.hidden = true; input.blur(); }
    });
    document.addEventListener("click", (event) => finder.contains(event.target) || (hits.hidden = true));
  }

  // --- Keys: / search, j and k through lists, y n s u in the review queue -------------------------------------------
  // The letter on the key, whatever alphabet it types now: `y` is where the Russian layout has `н`.
  const keyOf = ({ key, code }) =>
    /^[a-z/]$/i.test(key) ? key.toLowerCase() : /^Key[A-Z]$/.test(code) ? code[3].toLowerCase() : code === "Slash" ? "/" : key;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = keyOf(event);
    if (event.key === "Escape") $$("details.menu[open]").forEach((it) => it.removeAttribute("open"));
    if (typing()) return;
    if (key === "/") {
      event.preventDefault();
      finder && $("input", finder).select();
    } else if (key === "j" || key === "k") {
      const rows = $$("[data-row]");
      const at = rows.indexOf(document.activeElement);
      const next = rows[key === "j" ? at + 1 : Math.max(at - 1, 0)];
      if (next) { event.preventDefault(); next.focus(); next.scrollIntoView({ block: "nearest" }); }
    } else {
      const button = $(`[data-key="${CSS.escape(key)}"]`);
      if (button) { event.preventDefault(); button.click(); }
    }
  });
  document.addEventListener("click", (event) => {
    $$("details.menu[open]").forEach((it) => it.contains(event.target) || it.removeAttribute("open"));
    const copy = event.target.closest("[data-copy]");
    if (copy) navigator.clipboard?.writeText(copy.dataset.copy).then(() => toast(copy.dataset.copied));
    if (event.target.closest("[data-pop-close]")) $(".pop")?.remove();
  });

  // --- The board: drag a lead to another lane, or arrow keys while it has the focus ---------------------------------
  const move = async (id, step) => {
    const body = new URLSearchParams({ step, back: location.pathname + location.search });
    const answer = await fetch(`/leads/${encodeURIComponent(id)}/move`, { method: "POST", body, headers: { "x-csrf-token": csrf } });
    const page = parse(await answer.text());
    if (!answer.ok) toast($("[data-problem]", page)?.textContent.trim() || String(answer.status));
    else swap(page, ["#leads"]);
    $(`[data-lead="${CSS.escape(id)}"] a`)?.focus();
  };
  let dragged = null;
  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-lead]");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.lead);
    dragged.classList.add("lead-dragged");
  });
  document.addEventListener("dragend", () => { dragged?.classList.remove("lead-dragged"); dragged = null; $$(".lane-over").forEach((it) => it.classList.remove("lane-over")); });
  document.addEventListener("dragover", (event) => {
    const lane = dragged && event.target.closest("[data-lane]");
    if (!lane) return;
    event.preventDefault();
    $$(".lane-over").forEach((it) => it !== lane && it.classList.remove("lane-over"));
    lane.classList.add("lane-over");
  });
  document.addEventListener("drop", (event) => {
    const lane = dragged && event.target.closest("[data-lane]");
    if (!lane) return;
    event.preventDefault();
    const from = dragged.closest("[data-lane]");
    if (from !== lane) move(dragged.dataset.lead, lane.dataset.lane);
  });
  document.addEventListener("keydown", (event) => {
    const lead = document.activeElement?.closest?.("[data-lead]");
    if (!lead || typing() || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const lanes = $$("[data-lane]");
    const next = lanes[lanes.indexOf(lead.closest("[data-lane]")) + (event.key === "ArrowRight" ? 1 : -1)];
    if (next) { event.preventDefault(); move(lead.dataset.lead, next.dataset.lane); }
  });

  // --- What happens: hints to re-read pieces, and the screen pop ------------------------------------------------------
  if (!$('meta[name="live"]')) return;
  const due = new Set();
  let timer = 0;
  const flush = async () => {
    timer = 0;
    const topics = [...due];
    due.clear();
    const pieces = $$("[data-live]").filter((it) => it.dataset.live.split(" ").some((topic) => topics.includes(topic)) && !busyWith(it));
    const ids = pieces.filter((it) => it.id).map((it) => "#" + it.id);
    if (ids.length) await reread(ids).catch(() => {});
  };
  const hint = (topics) => {
    topics.forEach((topic) => due.add(topic));
    timer ||= setTimeout(flush, 250);
  };
  const show = (html) => {
    const piece = $("[data-pop]", parse(html));
    if (!piece) {
      const gone = $("[data-pop-gone]", parse(html))?.dataset.popGone;
      if (gone && $(".pop")?.dataset.pop === gone) $(".pop").remove();
      return;
    }
    const now = $(".pop");
    // Never take the result form away from somebody who writes into it.
    if (now && busyWith(now)) return;
    now ? now.replaceWith(document.adoptNode(piece)) : document.body.append(document.adoptNode(piece));
  };
  let wait = 1000;
  const follow = () => {
    const source = new EventSource("/live");
    // A page left for another may be kept for going back to; its stream would take one of the browser's few connections.
    addEventListener("pagehide", () => source.close(), { once: true });
    const again = () => { source.close(); setTimeout(follow, wait); wait = Math.min(wait * 2, 30000); };
    source.addEventListener("refresh", (event) => hint(JSON.parse(event.data).topics));
    source.addEventListener("pop", (event) => show(event.data));
    source.addEventListener("reconnect", again);
    // What happened before the stream listened is read now; a call that fell silent meanwhile rings no more.
    source.addEventListener("listening", (event) => {
      wait = 1000;
      const now = $(".pop-ringing");
      if (now && !JSON.parse(event.data).calls.includes(now.dataset.pop)) now.remove();
      hint($$("[data-live]").flatMap((it) => it.dataset.live.split(" ")));
    });
    source.onerror = again;
  };
  addEventListener("pageshow", (event) => { if (event.persisted) follow(); });
  follow();
})();
