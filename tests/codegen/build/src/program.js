// A small client that the type checker understands: what goes in and what comes out is known from the operation.
//
//   node build/program.js http://127.0.0.1:4000
import { print } from "graphql";
import { CatalogShapeDocument } from "../generated/graphql.js";
async function ask(url, document, variables) {
    const response = await fetch(`${url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query: print(document), variables }),
    });
    const answer = (await response.json());
    if (!answer.data || answer.errors)
        throw new Error(answer.errors?.[0]?.message ?? `status ${response.status}`);
    return answer.data;
}
const url = process.argv[2] ?? "http://127.0.0.1:4000";
const { genres, tracks } = await ask(url, CatalogShapeDocument, { first: 5, order: "NEWEST" });
const slugs = genres.map((genre) => genre.slug);
const lengths = tracks.nodes.map((track) => track.durationMs);
console.log(JSON.stringify({ genres: slugs.length, tracks: lengths.length }));
// What must not pass: the checker fails when one of these is no error any more.
export async function mistakes() {
    // @ts-expect-error a required variable is missing
    await ask(url, CatalogShapeDocument, {});
    // @ts-expect-error there is no such order
    await ask(url, CatalogShapeDocument, { first: 1, order: "LOUDEST" });
    // @ts-expect-error the operation does not ask for this field
    console.log(tracks.nodes[0]?.isrc);
    // @ts-expect-error null is not a number
    const length = tracks.nodes[0]?.durationMs;
    console.log(length);
}
