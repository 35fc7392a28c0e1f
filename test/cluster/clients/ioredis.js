// Applications with ioredis, that write through a Service while its primary moves: one as the
// library is by default, one with the settings that k8s/README.md gives.
//
// ioredis.js HOST prints what redis_py.py prints.
const fs = require("fs");
const Redis = require("/libraries/node_modules/ioredis");

const base = { host: process.argv[2], password: process.env.REDISCLI_AUTH };
const asTold = {
  ...base,
  reconnectOnError: (error) => (/^(READONLY|NOREPLICAS)/.test(error.message) ? 2 : false),
  maxRetriesPerRequest: 50,
  connectTimeout: 2000,
  socketTimeout: 2000,
};
const isStopped = () => fs.existsSync("/tmp/stop");
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

async function runApplication(name, options) {
  const client = new Redis(options);
  const run = Date.now();  // each has keys of its own: what an earlier one wrote proves nothing
  const keyOf = (number) => `${name}:${run}:${number}`;
  client.on("error", () => {});
  const acknowledged = [];
  const errors = {};
  let gap = 0;
  let last = performance.now();
  // A command that waits for a server which is gone without a word may do so for a quarter of an hour.
  const end = setInterval(() => {
    if (isStopped() && performance.now() - last > 5000) client.disconnect(true);
  }, 5000);
  for (let number = 1; !isStopped(); ++number) {
    try {
      await client.set(keyOf(number), number);
      const now = performance.now();
      acknowledged.push(number);
      gap = Math.max(gap, now - last);
      last = now;
    } catch (error) {
      const word = `${error.name}: ${error.message.slice(0, 40)}`;
      errors[word] = (errors[word] || 0) + 1;
    }
    await pause(10);
  }
  gap = Math.max(gap, performance.now() - last);
  clearInterval(end);
  const missing = [];
  for (const number of acknowledged) {
    if ((await client.get(keyOf(number))) !== String(number)) missing.push(number);
  }
  client.disconnect();
  console.log(
    JSON.stringify({
      name,
      acknowledged: acknowledged.length,
      errors,
      gap: Math.round(gap / 10) / 100,
      missing: missing.slice(0, 20),
    }),
  );
}

runApplication("ioredis by default", base);
runApplication("ioredis as told", asTold);
