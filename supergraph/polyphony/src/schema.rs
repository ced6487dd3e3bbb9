//! Writes what `schema/` holds, all but the supergraph, which npm's composition makes of it (`make schema`).

use std::path::Path;

use anyhow::Context as _;
use platform::{Config, Platform};

use crate::{contexts, node};

/// Writes `<subgraph>.graphql`, `events/<type>.json` and `config.schema.json` to `folder`. Needs no installation: the contexts
/// start on a folder that is thrown away.
pub async fn export(folder: &Path) -> anyhow::Result<()> {
    let scratch = std::env::temp_dir().join(format!("polyphony-schema-{}", std::process::id()));
    let exported = export_with(folder, &scratch).await;
    // Left behind, it would only waste a little space.
    let _ = std::fs::remove_dir_all(&scratch);
    exported
}

async fn export_with(folder: &Path, scratch: &Path) -> anyhow::Result<()> {
    let platform = Platform::open(Config::embedded(scratch)?).await?;
    let (users, others) = contexts::start_all(&platform).await?;
    let subgraphs = [users.context].into_iter().chain(others).filter_map(|context| context.subgraph).chain([node::subgraph()]);
    for subgraph in subgraphs {
        write(&folder.join(format!("{}.graphql", subgraph.name())), &subgraph.sdl())?;
    }
    for (kind, schema) in kernel::events::schemas() {
        write(&folder.join("events").join(format!("{kind}.json")), &serde_json::to_string_pretty(&schema)?)?;
    }
    write(&folder.join("config.schema.json"), &serde_json::to_string_pretty(&Config::schema())?)
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(file, format!("{}\n", text.trim_end())).with_context(|| format!("{} cannot be written", file.display()))
}

#[cfg(test)]
mod tests {
    use async_graphql::Positioned;
    use async_graphql::parser::parse_schema;
    use async_graphql::parser::types::{InputValueDefinition, TypeKind, TypeSystemDefinition};

    use crate::serve::SUPERGRAPH;

    /// Names of the specifications that a supergraph is written with.
    const INTERNAL: [&str; 3] = ["join__", "link__", "requiresScopes__"];

    fn undescribed(arguments: &[Positioned<InputValueDefinition>], of: &str) -> Vec<String> {
        arguments.iter().filter(|argument| argument.node.description.is_none()).map(|argument| format!("{of}.{}", argument.node.name)).collect()
    }

    #[test]
    fn everything_that_clients_may_use_is_described() {
        let document = parse_schema(SUPERGRAPH).unwrap();
        let types = document.definitions.iter().filter_map(|definition| match definition {
            TypeSystemDefinition::Type(definition) => Some(&definition.node),
            _ => None,
        });
        let mut without = Vec::new();
        let mut seen = 0;
        for definition in types.filter(|definition| !INTERNAL.iter().any(|prefix| definition.name.node.starts_with(prefix))) {
            let name = definition.name.node.as_str();
            seen += 1;
            if definition.description.is_none() {
                without.push(name.to_owned());
            }
            let fields = match &definition.kind {
                TypeKind::Object(object) => &object.fields,
                TypeKind::Interface(interface) => &interface.fields,
                TypeKind::InputObject(input) => {
                    without.extend(undescribed(&input.fields, name));
                    continue;
                }
                TypeKind::Enum(enumeration) => {
                    let values = enumeration.values.iter().filter(|value| value.node.description.is_none());
                    without.extend(values.map(|value| format!("{name}.{}", value.node.value)));
                    continue;
                }
                TypeKind::Scalar | TypeKind::Union(_) => continue,
            };
            for field in fields {
                let field_name = format!("{name}.{}", field.node.name);
                without.extend(undescribed(&field.node.arguments, &field_name));
                if field.node.description.is_none() {
                    without.push(field_name);
                }
            }
        }
        assert!(seen > 30, "only {seen} types were looked at");
        assert!(without.is_empty(), "{} without a description: {without:#?}", without.len());
    }
}
