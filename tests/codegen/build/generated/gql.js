/* eslint-disable */
import * as types from './graphql.js';
const documents = {
    "query CatalogShape($first: Int!, $order: TrackOrder) {\n  genres {\n    slug\n    name\n  }\n  tracks(first: $first, order: $order) {\n    nodes {\n      id\n      title\n      durationMs\n      publishedAt\n      artist {\n        name\n      }\n    }\n    pageInfo {\n      hasNextPage\n    }\n  }\n}": types.CatalogShapeDocument,
};
export function graphql(source) {
    return documents[source] ?? {};
}
