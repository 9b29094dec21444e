// Validates an AsyncAPI document and the files that it refers to. Prints each problem and the number of messages.
import { Parser, fromFile } from "@asyncapi/parser";

const ERROR = 0;
const path = process.argv[2];
const { document, diagnostics } = await fromFile(new Parser(), path).parse();
const problems = diagnostics.filter(({ severity }) => severity === ERROR);
for (const { message, path: place } of problems) console.error(`asyncapi: ${message} at ${place.join("/")}`);
if (document === undefined || problems.length > 0) process.exit(1);
const messages = document.messages().all();
if (messages.length === 0 || messages.some((message) => !message.hasPayload())) process.exit(1);
console.log(`asyncapi: ${path} is valid and has ${messages.length} messages`);
