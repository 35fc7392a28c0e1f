// Serves the page; the page asks api-gateway, which the Ingress has beside it at /api/v1.
const http = require('node:http');
const fs = require('node:fs');
const path = require('node:path');

const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };
const folder = path.join(__dirname, 'page');
const files = new Map(fs.readdirSync(folder).map((name) => [`/${name}`, {
  type: `${types[path.extname(name)]}; charset=utf-8`,
  body: fs.readFileSync(path.join(folder, name)),
}]));
files.set('/', files.get('/index.html'));
files.set('/health', { type: 'text/plain', body: 'UP' });

const server = http.createServer((request, response) => {
  const file = files.get(request.url.split('?')[0]);
  response.writeHead(file ? 200 : 404, {
    'Content-Type': file ? file.type : 'text/plain',
    'Content-Security-Policy': "default-src 'self'; img-src data:",
  });
  response.end(file ? file.body : 'not found');
});

server.listen(8080);
process.on('SIGTERM', () => process.exit());
