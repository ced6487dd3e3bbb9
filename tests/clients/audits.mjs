// Every audit of GraphQL over HTTP that npm `graphql-http` has, against the endpoint of the command line. Errors, warnings and
// notices all count: they differ only in the word (MUST, SHOULD, MAY) that the specification uses.
import { serverAudits } from 'graphql-http';

const audits = serverAudits({ url: process.argv[2] });
const results = await Promise.all(audits.map(({ fn }) => fn()));
const failed = results.filter(({ status }) => status !== 'ok');
for (const { id, name, status, reason } of failed) {
  console.error(`${status} ${id} ${name}: ${reason}`);
}
console.log(`${results.length - failed.length} of ${results.length} audits passed`);
process.exit(failed.length === 0 && results.length > 0 ? 0 : 1);
