// Answers a search from the cache, which it reads at a replica; else it asks github-service, and has the
// primary cache the answer. A person's search never fails for want of Redis.
const http = require('node:http');
const { setTimeout: pause } = require('node:timers/promises');
const Redis = require('ioredis');
const JSONCache = require('redis-json');

const serviceURL = process.env.SERVICE_URL || 'http://localhost:8080/github';
const redisPort = process.env.REDIS_PORT || 6379;
const redisMaster = process.env.REDIS_HOST_MASTER || 'localhost';
const redisSlave = process.env.REDIS_HOST_SLAVE || 'localhost';
const redisPassword = process.env.REDIS_PASSWORD;

const common = { port: redisPort, password: redisPassword, connectTimeout: 2000, socketTimeout: 2000 };

// Nobody waits for a write: it is tried again for a minute, and wherever the primary has moved to.
const master = new Redis({
  ...common,
  host: redisMaster,
  maxRetriesPerRequest: 50,
  reconnectOnError: (error) => (/^(READONLY|NOREPLICAS)/.test(error.message) ? 2 : false),
});
// A person waits for a read: a cache that does not answer soon is none.
const slave = new Redis({ ...common, host: redisSlave, maxRetriesPerRequest: 1, commandTimeout: 1000 });

for (const [name, client] of [['master', master], ['slave', slave]]) {
  client.on('ready', () => console.log(`connected to ${name}`));
  client.on('close', () => console.log(`disconnected from ${name}`));
  client.on('error', (error) => console.error(`${name}: ${error.message}`));
}

const jsonWriteCache = new JSONCache(master, { prefix: 'cache:' });
const jsonReadCache = new JSONCache(slave, { prefix: 'cache:' });

async function fromCache(query) {
  try {
    return await jsonReadCache.get(query);
  } catch (error) {
    console.error(`cache cannot be read. query: ${query}: ${error.message}`);
    return undefined;
  }
}

async function fromService(query) {
  const url = `${serviceURL}/repos?query=${encodeURIComponent(query)}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
  if (!response.ok) throw new Error(`github-service answers ${response.status}`);
  return response.json();
}

// A transaction that a primary refuses while it hands over is not sent again by ioredis.
async function cache(query, repos, attempts = 5) {
  try {
    await jsonWriteCache.set(query, repos, { expire: 60 * 60 });
    console.log(`cached. query: ${query}`);
  } catch (error) {
    if (attempts > 1) {
      await pause(1000);
      return cache(query, repos, attempts - 1);
    }
    console.error(`not cached. query: ${query}: ${error.message}`);
  }
}

async function search(query) {
  console.log(`received request. search parameter: ${query}`);
  const cached = await fromCache(query);
  if (cached) {
    console.log(`retrieved from Cache. query: ${query}`);
    return cached;
  }
  const repos = await fromService(query);
  console.log('retrieved github data successfully. caching for next request.');
  cache(query, repos);
  return repos;
}

function answer(response, status, body) {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}

const server = http.createServer(async (request, response) => {
  const url = new URL(request.url, 'http://localhost');
  if (url.pathname === '/health') return answer(response, 200, { status: 'UP' });
  if (url.pathname !== '/api/v1/repos') return answer(response, 404, { error: 'not found' });
  const query = url.searchParams.get('query');
  if (!query) return answer(response, 400, { error: 'query is missing' });
  try {
    return answer(response, 200, await search(query));
  } catch (error) {
    console.error(`search failed. query: ${query}: ${error.message}`);
    return answer(response, 502, { error: error.message });
  }
});

server.listen(3000);
process.on('SIGTERM', () => process.exit());
