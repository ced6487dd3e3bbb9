// What a contract needs beside what is tagged with its name.
//
// Code tags fields that clients of a contract may ask for. This tags what such a field cannot do without: its arguments with their
// types, and its own type, unless that is an entity. Entities choose: of them, only what is tagged is in the contract. So a new
// field stays out until somebody tags it, and nobody has to tag connections, page information, scalars and inputs, which mostly
// come out of libraries.

import { Kind, visit } from "graphql";

const OBJECTS = [Kind.OBJECT_TYPE_DEFINITION, Kind.OBJECT_TYPE_EXTENSION, Kind.INTERFACE_TYPE_DEFINITION, Kind.INTERFACE_TYPE_EXTENSION];

const isTagged = (node, tag) =>
  (node.directives ?? []).some((directive) => directive.name.value === "tag" && directive.arguments[0]?.value.value === tag);
const isEntity = (node) => (node.directives ?? []).some((directive) => directive.name.value === "key");

function namedType(type) {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}

/** The services with `tag` on all that fields tagged with it need. */
export function spreadTag(services, tag) {
  const definitions = new Map();
  for (const definition of services.flatMap((service) => service.typeDefs.definitions)) {
    if (!definition.name || definition.kind === Kind.DIRECTIVE_DEFINITION) continue;
    const name = definition.name.value;
    definitions.set(name, [...(definitions.get(name) ?? []), definition]);
  }

  const whole = new Set();
  const needArguments = new Set();
  // Of a type that is needed whole, all is.
  const need = (name) => {
    const nodes = definitions.get(name) ?? [];
    if (whole.has(name) || nodes.some(isEntity)) return;
    whole.add(name);
    for (const node of nodes) take(node, () => true);
  };
  const take = (node, wanted) => {
    for (const field of node.fields ?? []) {
      if (!wanted(field)) continue;
      for (const argument of field.arguments ?? []) need(namedType(argument.type));
      if (OBJECTS.includes(node.kind)) needArguments.add(`${node.name.value}.${field.name.value}`);
      need(namedType(field.type));
    }
    // A union has no fields to choose from: it is in whole or not at all.
    for (const member of node.types ?? []) if (wanted(member)) need(member.name.value);
  };
  // Directives stay, and their arguments' types with them.
  for (const definition of services.flatMap((service) => service.typeDefs.definitions)) {
    if (definition.kind === Kind.DIRECTIVE_DEFINITION) for (const { type } of definition.arguments) need(namedType(type));
  }
  for (const nodes of definitions.values()) {
    const all = nodes.some((node) => isTagged(node, tag));
    for (const node of nodes) take(node, (field) => all || isTagged(field, tag));
  }

  const directive = { kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: "tag" }, arguments: [argument(tag)] };
  const withTag = (node) => (isTagged(node, tag) ? node : { ...node, directives: [...(node.directives ?? []), directive] });
  const enter = (node) => {
    let result = node;
    if (node.fields) {
      const fields = node.fields.map((field) => {
        if (!needArguments.has(`${node.name.value}.${field.name.value}`)) return field;
        return { ...field, arguments: field.arguments.map(withTag) };
      });
      result = { ...result, fields };
    }
    return whole.has(node.name.value) ? withTag(result) : result;
  };
  const kinds = [...OBJECTS, Kind.INPUT_OBJECT_TYPE_DEFINITION, Kind.ENUM_TYPE_DEFINITION, Kind.SCALAR_TYPE_DEFINITION, Kind.UNION_TYPE_DEFINITION];
  const visitor = Object.fromEntries(kinds.map((kind) => [kind, enter]));
  return services.map((service) => ({ ...service, typeDefs: visit(service.typeDefs, visitor) }));
}

function argument(tag) {
  return { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: "name" }, value: { kind: Kind.STRING, value: tag } };
}

/**
 * A contract's supergraph without mention of hidden root types and interfaces: the engine hides types and fields that are
 * inaccessible, but would still name them as roots and as what others implement.
 */
export function withoutLooseEnds(document) {
  const hidden = new Set(
    document.definitions
      .filter((definition) => (definition.directives ?? []).some((candidate) => candidate.name.value === "inaccessible"))
      .map((definition) => definition.name.value),
  );
  const shown = (node) => !hidden.has(node.name.value);
  const implementing = (node) => ({
    ...node,
    interfaces: node.interfaces.filter(shown),
    directives: node.directives.filter((candidate) => {
      if (candidate.name.value !== "join__implements") return true;
      return !hidden.has(candidate.arguments.find(({ name }) => name.value === "interface").value.value);
    }),
  });
  return visit(document, {
    SchemaDefinition: (node) => ({ ...node, operationTypes: node.operationTypes.filter(({ type }) => shown(type)) }),
    ObjectTypeDefinition: implementing,
    InterfaceTypeDefinition: implementing,
  });
}
