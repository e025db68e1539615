// A day's work of jsforce, unmodified, against the address and credentials given; prints what came of it.
import { createRequire } from 'node:module';

const [folder, line] = [process.argv[2], JSON.parse(process.argv[3])];
const jsforce = createRequire(`${folder}/`)('jsforce');
const seen = {};

const client = new jsforce.Connection({
  instanceUrl: line.url, version: '66.0',
  oauth2: { clientId: line.client_id, clientSecret: line.client_secret, loginUrl: line.url },
});
await client.authorize({ grant_type: 'client_credentials' });
seen.identity = (await client.identity()).username;
seen.query = (await client.query("SELECT Id FROM Contact WHERE Email LIKE 'contact%'", {
  autoFetch: true, maxFetch: 5000,
})).records.length;
seen.describe = (await client.sobject('Case').describe()).fields.some((it) => it.name === 'Support_Hub_Key__c');
const cases = client.sobject('Case');
const made = await cases.create({ Subject: 'from node' });
seen.created = made.success;
seen.updated = (await cases.update({ Id: made.id, Subject: 'changed' })).success;
seen.read = (await cases.retrieve(made.id)).Subject;
const key = 'Support_Hub_Key__c';
seen.upserted = (await cases.upsert([{ [key]: 'n:1', Subject: 'a' }, { [key]: 'n:2', Subject: 'b' }], key))
  .map((it) => it.created);
seen.many = (await cases.create([{ Subject: 'a' }, { Subject: 'x'.repeat(300) }])).map((it) => it.success);
seen.deleted = (await cases.destroy(made.id)).success;
seen.composite = (await client.requestPost('/services/data/v66.0/composite', {
  compositeRequest: [{ method: 'GET', url: '/services/data/v66.0/limits', referenceId: 'a' }],
})).compositeResponse[0].httpStatusCode;
try {
  await client.query('SELECT foo FROM Case');
} catch (refused) {
  seen.refused = refused.errorCode;
}
client.bulk2.pollInterval = 20;
client.bulk2.pollTimeout = 10_000;
let rows = 0;
for await (const _ of await client.bulk2.query('SELECT Id FROM Account')) rows += 1;
seen.bulk_query = rows;
const load = { object: 'Contact', operation: 'insert', input: [{ LastName: 'n', Email: 'n@n.example' }, { LastName: 'm', Email: 'no' }] };
const done = await client.bulk2.loadAndWaitForResults(load);
seen.bulk_ingest = [done.successfulResults.length, done.failedResults.length];

const old = new jsforce.Connection({ loginUrl: line.url, version: '58.0' });
await old.login(line.username, line.password + line.security_token);
seen.soap = (await old.query('SELECT COUNT() FROM Account')).totalSize;
const refreshing = new jsforce.Connection({
  instanceUrl: line.url, accessToken: 'lapsed', refreshToken: line.refresh_token,
  oauth2: { clientId: line.client_id, clientSecret: line.client_secret, loginUrl: line.url, redirectUri: 'x' },
});
seen.refreshed = (await refreshing.query('SELECT COUNT() FROM Account')).totalSize;
console.log(JSON.stringify(seen));
