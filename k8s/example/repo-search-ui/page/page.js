const outcome = document.getElementById('outcome');
const table = document.querySelector('table');
const rows = document.getElementById('repos');

function cell(content) {
  const td = document.createElement('td');
  td.append(content);
  return td;
}

function rowOf(repo, index) {
  const link = document.createElement('a');
  link.href = repo.html_url;
  link.rel = 'noopener noreferrer';
  link.textContent = repo.full_name;
  const row = document.createElement('tr');
  const license = repo.license === 'Unknown' ? '' : repo.license;
  row.append(...[index + 1, link, repo.language, repo.description, license, repo.owner,
    repo.watchers_count, repo.open_issues_count].map(cell));
  return row;
}

function show(text, repos = []) {
  outcome.textContent = text;
  rows.replaceChildren(...repos.map(rowOf));
  table.hidden = repos.length === 0;
}

async function search(query) {
  const begin = performance.now();
  const response = await fetch(`/api/v1/repos?query=${encodeURIComponent(query)}`);
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  const repos = JSON.parse(text);
  const took = Math.round(performance.now() - begin);
  show(`${repos.length} found for "${query}" in ${took} ms`, repos);
}

document.getElementById('search').addEventListener('submit', (event) => {
  event.preventDefault();
  const query = document.getElementById('query').value.trim();
  show(`Searching for "${query}" ...`);
  search(query).catch((error) => show(`The search for "${query}" failed: ${error.message}`));
});
