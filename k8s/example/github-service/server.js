// Stands in for the article's github-service: the same question and the same form of answer, from a file
// instead of GitHub.
const http = require('node:http');
const repos = require('./repos.json');

const user = process.env.GITHUB_USER;
if (!user || !process.env.GITHUB_PASSWORD) {
  console.error('GITHUB_USER and GITHUB_PASSWORD are not set: the Secret github-secret has them');
  process.exit(1);
}

function find(query) {
  const words = query.toLowerCase().split(/\s+/);
  return repos.filter((repo) => {
    const text = `${repo.full_name} ${repo.description}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

function answer(response, status, body) {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}

const server = http.createServer((request, response) => {
  const url = new URL(request.url, 'http://localhost');
  if (url.pathname === '/actuator/health') return answer(response, 200, { status: 'UP' });
  if (url.pathname !== '/github/repos') return answer(response, 404, { error: 'not found' });
  const query = url.searchParams.get('query') || '';
  console.log(`retrieving repositories for ${query}`);
  return answer(response, 200, find(query));
});

server.listen(8080, () => console.log(`a stand-in for GitHub, for ${user}`));
process.on('SIGTERM', () => process.exit());
