//! The cost of an operation as a formula of its variables, so that a kept operation is estimated without looking at the schema.

use hive_router::executor::execution::demand_control::demand_control_definition_cost;
use hive_router::executor::execution::plan::CoerceVariablesPayload;
use hive_router::graphql_tools::static_graphql::schema::{self, Document};
use hive_router::query_planner::ast::selection_item::SelectionItem;
use hive_router::query_planner::ast::selection_set::{FieldSelection, SelectionSet};
use hive_router::query_planner::ast::value::Value;
use hive_router::query_planner::federation_spec::demand_control::ListSizeDirective;
use hive_router::query_planner::state::supergraph_state::{SupergraphDefinition, SupergraphState, TypeNode};
use sonic_rs::{JsonContainerTrait as _, JsonValueTrait as _};

/// A formula.
#[derive(Debug)]
pub(super) enum Expression {
    Constant(u64),
    Sum(Vec<Expression>),
    Product(Box<Expression>, Box<Expression>),
    /// Only one of them can come true.
    Largest(Vec<Expression>),
    /// `@include` (or, with `is` false, `@skip`) by a variable.
    When {
        variable: String,
        is: bool,
        then: Box<Expression>,
    },
    /// How many items a list has, by the arguments that tell.
    Size {
        field: String,
        arguments: Vec<(Value, Vec<String>)>,
        exactly_one: bool,
        otherwise: u64,
    },
    /// An input object and those in it.
    Input {
        value: Value,
        kind: TypeNode,
    },
}

/// Not exactly one of a list's slicing arguments was given.
#[derive(Debug)]
pub(super) struct WrongSlicing {
    pub(super) field: String,
}

impl Expression {
    /// This and a constant more.
    pub(super) fn plus(self, constant: u64) -> Self {
        sum(vec![self, Self::Constant(constant)])
    }

    pub(super) fn value(&self, supergraph: &SupergraphState, variables: &CoerceVariablesPayload) -> Result<u64, WrongSlicing> {
        Ok(match self {
            Self::Constant(cost) => *cost,
            Self::Sum(parts) => parts.iter().try_fold(0_u64, |sum, part| Ok(sum.saturating_add(part.value(supergraph, variables)?)))?,
            Self::Product(left, right) => left.value(supergraph, variables)?.saturating_mul(right.value(supergraph, variables)?),
            Self::Largest(parts) => parts.iter().try_fold(0, |largest: u64, part| Ok(largest.max(part.value(supergraph, variables)?)))?,
            Self::When { variable, is, then } => {
                if variables.variable_equals_true(variable) == *is {
                    then.value(supergraph, variables)?
                } else {
                    0
                }
            }
            Self::Size { field, arguments, exactly_one, otherwise } => {
                let mut given = arguments.iter().filter_map(|(value, path)| size(value, path, variables));
                if *exactly_one {
                    match (given.next(), given.next()) {
                        (Some(size), None) => size,
                        _ => return Err(WrongSlicing { field: field.clone() }),
                    }
                } else {
                    given.max().unwrap_or(*otherwise)
                }
            }
            Self::Input { value, kind } => literal_cost(value, kind, supergraph, variables),
        })
    }
}

fn sum(parts: Vec<Expression>) -> Expression {
    let mut constant = 0_u64;
    let mut rest = Vec::new();
    for part in parts {
        match part {
            Expression::Constant(cost) => constant = constant.saturating_add(cost),
            part => rest.push(part),
        }
    }
    if rest.is_empty() {
        return Expression::Constant(constant);
    }
    if constant > 0 {
        rest.push(Expression::Constant(constant));
    }
    Expression::Sum(rest)
}

fn product(left: Expression, right: Expression) -> Expression {
    match (left, right) {
        (Expression::Constant(left), Expression::Constant(right)) => Expression::Constant(left.saturating_mul(right)),
        (left, right) => Expression::Product(Box::new(left), Box::new(right)),
    }
}

fn largest(parts: Vec<Expression>) -> Expression {
    let constants: Option<Vec<u64>> = parts.iter().map(|part| if let Expression::Constant(cost) = part { Some(*cost) } else { None }).collect();
    match constants {
        Some(constants) => Expression::Constant(constants.into_iter().max().unwrap_or(0)),
        None => Expression::Largest(parts),
    }
}

fn conditional(skip_if: Option<&String>, include_if: Option<&String>, mut then: Expression) -> Expression {
    for (variable, is) in [(skip_if, false), (include_if, true)] {
        if let Some(variable) = variable {
            then = Expression::When { variable: variable.clone(), is, then: Box::new(then) };
        }
    }
    then
}

/// A list of a field below whose size is told here: the names down to it, and the size.
#[derive(Clone)]
struct Told<'a> {
    path: &'a [String],
    list: &'a ListSizeDirective,
    field: &'a FieldSelection,
    parent: &'a str,
}

/// Makes formulas of operations.
pub(super) struct Compiler<'a> {
    pub(super) supergraph: &'a SupergraphState,
    /// Tells defaults of arguments.
    pub(super) schema: &'a Document,
    pub(super) assumed_list_size: u64,
}

impl<'a> Compiler<'a> {
    /// The formula of an operation without fragment spreads.
    pub(super) fn operation(&self, set: &'a SelectionSet, root: &'a str) -> Expression {
        self.set(set, root, &[])
    }

    fn set(&self, set: &'a SelectionSet, parent: &'a str, sized: &[Told<'a>]) -> Expression {
        let mut parts = Vec::new();
        // An object has one type, so of what is asked of several types the most expensive counts; but an object may well be of
        // several interfaces, so those count together.
        let mut types: Vec<(&str, Vec<Expression>)> = Vec::new();
        for item in &set.items {
            match item {
                SelectionItem::Field(field) => parts.push(self.field(field, parent, sized)),
                SelectionItem::InlineFragment(fragment) => {
                    let name = fragment.type_condition.as_str();
                    let cost = self.set(&fragment.selections, name, sized);
                    let cost = conditional(fragment.skip_if.as_ref(), fragment.include_if.as_ref(), cost);
                    let is_object = matches!(self.supergraph.definitions.get(name), Some(SupergraphDefinition::Object(_)));
                    match types.iter_mut().find(|(known, _)| *known == name) {
                        _ if !is_object => parts.push(cost),
                        Some((_, costs)) => costs.push(cost),
                        None => types.push((name, vec![cost])),
                    }
                }
                // Normalised operations have none.
                SelectionItem::FragmentSpread(_) => {}
            }
        }
        if !types.is_empty() {
            parts.push(largest(types.into_iter().map(|(_, costs)| sum(costs)).collect()));
        }
        sum(parts)
    }

    fn field(&self, field: &'a FieldSelection, parent: &'a str, sized: &[Told<'a>]) -> Expression {
        let Some(definition) = self.supergraph.definitions.get(parent).and_then(|definition| definition.fields().get(field.name.as_str())) else {
            // `__typename`, which is free.
            return Expression::Constant(0);
        };
        let mut own = vec![Expression::Constant(definition.cost.as_ref().map_or(0, |cost| cost.weight))];
        for (name, value) in field.arguments.iter().flatten() {
            own.push(Expression::Constant(definition.cost_by_arguments.get(name).map_or(0, |cost| cost.weight)));
            if let Some(kind) = definition.argument_types.get(name).filter(|kind| self.is_input_object(kind)) {
                own.push(Expression::Input { value: value.clone(), kind: kind.clone() });
            }
        }
        let mut below: Vec<Told<'a>> = sized
            .iter()
            .filter(|sized| sized.path.len() > 1 && sized.path.first() == Some(&field.name))
            .map(|sized| Told { path: sized.path.get(1..).unwrap_or_default(), ..sized.clone() })
            .collect();
        let told_above = sized.iter().find(|sized| matches!(sized.path, [name] if *name == field.name));
        let mut size = told_above.map(|sized| self.size(sized.list, sized.field, sized.parent));
        if let Some(list) = &definition.list_size {
            match &list.sized_fields {
                Some(paths) => below.extend(paths.iter().map(|path| Told { path, list, field, parent })),
                None => size = size.or_else(|| Some(self.size(list, field, parent))),
            }
        }
        let returned = definition.field_type.inner_type();
        let item = sum(vec![Expression::Constant(demand_control_definition_cost(self.supergraph, returned)), self.set(&field.selections, returned, &below)]);
        let items = if definition.field_type.is_list() { product(size.unwrap_or(Expression::Constant(self.assumed_list_size)), item) } else { item };
        own.push(items);
        conditional(field.skip_if.as_ref(), field.include_if.as_ref(), sum(own))
    }

    /// A slicing argument that is given tells the size; else its default, else `assumedSize` (specification, "Slicing arguments").
    fn size(&self, list: &ListSizeDirective, field: &FieldSelection, parent: &str) -> Expression {
        let paths = list.slicing_arguments.as_deref().unwrap_or_default();
        let otherwise = list.assumed_size.and_then(|size| u64::try_from(size).ok()).unwrap_or(self.assumed_list_size);
        if paths.is_empty() {
            return Expression::Constant(otherwise);
        }
        let given = paths.iter().filter_map(|path| {
            let (name, rest) = path.split_first()?;
            let value = field.arguments.as_ref().and_then(|arguments| arguments.get_argument(name)).cloned();
            Some((value.or_else(|| self.default_size(parent, &field.name, name))?, rest.to_vec()))
        });
        Expression::Size { field: field.name.clone(), arguments: given.collect(), exactly_one: list.require_one_slicing_argument, otherwise }
    }

    fn default_size(&self, parent: &str, field: &str, argument: &str) -> Option<Value> {
        let field = self.schema.type_by_name(parent)?.field_by_name(field)?;
        match field.arguments.iter().find(|known| known.name == argument)?.default_value.as_ref()? {
            schema::Value::Int(number) => number.as_i64().map(Value::Int),
            _ => None,
        }
    }

    fn is_input_object(&self, kind: &TypeNode) -> bool {
        matches!(self.supergraph.definitions.get(kind.inner_type()), Some(SupergraphDefinition::InputObject(_)))
    }
}

/// The number that an argument, or what lies at `path` in it, stands for. Null tells nothing.
fn size(value: &Value, path: &[String], variables: &CoerceVariablesPayload) -> Option<u64> {
    match (value, path.split_first()) {
        (Value::Int(number), None) => Some(u64::try_from(*number).unwrap_or(0)),
        (Value::List(items), None) => u64::try_from(items.len()).ok(),
        (Value::Object(fields), Some((name, rest))) => size(fields.get(name)?, rest, variables),
        (Value::Variable(name), _) => {
            let value = path.iter().try_fold(variables.variables_map.as_ref()?.get(name)?, |value, name| value.as_object()?.get(name))?;
            match value.as_array() {
                Some(items) => u64::try_from(items.len()).ok(),
                None => value.as_i64().map(|number| u64::try_from(number).unwrap_or(0)),
            }
        }
        _ => None,
    }
}

fn literal_cost(value: &Value, kind: &TypeNode, supergraph: &SupergraphState, variables: &CoerceVariablesPayload) -> u64 {
    match value {
        Value::Variable(name) => {
            let value = variables.variables_map.as_ref().and_then(|variables| variables.get(name));
            value.map_or(0, |value| json_cost(value, kind, supergraph))
        }
        Value::List(items) => items.iter().map(|item| literal_cost(item, kind, supergraph, variables)).fold(0, u64::saturating_add),
        Value::Object(fields) => fields.iter().fold(1, |sum: u64, (name, value)| {
            let Some((weight, kind)) = input_field(kind, name, supergraph) else { return sum };
            sum.saturating_add(weight).saturating_add(literal_cost(value, kind, supergraph, variables))
        }),
        _ => 0,
    }
}

fn json_cost(value: &sonic_rs::Value, kind: &TypeNode, supergraph: &SupergraphState) -> u64 {
    if let Some(items) = value.as_array() {
        return items.iter().map(|item| json_cost(item, kind, supergraph)).fold(0, u64::saturating_add);
    }
    let Some(object) = value.as_object() else { return 0 };
    object.iter().fold(1, |sum: u64, (name, value)| {
        let Some((weight, kind)) = input_field(kind, name, supergraph) else { return sum };
        sum.saturating_add(weight).saturating_add(json_cost(value, kind, supergraph))
    })
}

/// The weight and type of a field of an input object.
fn input_field<'s>(kind: &TypeNode, name: &str, supergraph: &'s SupergraphState) -> Option<(u64, &'s TypeNode)> {
    let Some(SupergraphDefinition::InputObject(input)) = supergraph.definitions.get(kind.inner_type()) else { return None };
    let field = input.fields.get(name)?;
    Some((field.cost.as_ref().map_or(0, |cost| cost.weight), &field.field_type))
}
