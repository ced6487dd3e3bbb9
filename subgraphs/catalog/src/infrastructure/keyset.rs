//! Slices of lists as SQL: `WHERE (key, id) > (…) ORDER BY key, id LIMIT n`.

use sea_orm::sea_query::{ExprTrait as _, LikeExpr, Query, SelectStatement, WindowStatement};
use sea_orm::{ColumnTrait, EntityTrait, IntoSimpleExpr as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _, Select};
use sea_orm_migration::prelude::{Expr, Order as Direction, SimpleExpr};

use crate::application::listing::{Order, Slice, SortValue};

/// The columns that orders sort by.
#[derive(Clone, Copy)]
pub(super) struct Columns<C> {
    pub(super) id: C,
    pub(super) name_key: C,
    /// None: the table has no such order, and its name decides.
    pub(super) position: Option<C>,
}

impl<C: ColumnTrait> Columns<C> {
    fn sort(&self, order: Order) -> Option<C> {
        match order {
            Order::Name => Some(self.name_key),
            Order::Newest => None,
            Order::Position => Some(self.position.unwrap_or(self.name_key)),
        }
    }

    /// `query` from where the slice begins.
    fn resumed<E: EntityTrait>(&self, query: Select<E>, slice: &Slice) -> Select<E> {
        let Some(place) = &slice.after else { return query };
        let value: Option<SimpleExpr> = match &place.value {
            SortValue::Text(text) => Some(text.clone().into()),
            SortValue::Number(number) => Some((*number).into()),
            SortValue::Nothing => None,
        };
        let (row, place) = match (self.sort(slice.order), value) {
            (Some(column), Some(value)) => (Expr::tuple([column.into_simple_expr(), self.id.into_simple_expr()]), Expr::tuple([value, place.id.into()])),
            _ => (self.id.into_simple_expr(), place.id.into()),
        };
        query.filter(match direction(slice) {
            Direction::Desc => row.lt(place),
            _ => row.gt(place),
        })
    }

    fn ordered<E: EntityTrait>(&self, query: Select<E>, slice: &Slice) -> Select<E> {
        let query = match self.sort(slice.order) {
            Some(column) => query.order_by(column, direction(slice)),
            None => query,
        };
        query.order_by(self.id, direction(slice))
    }

    /// The slice of `query`, in the slice's direction.
    pub(super) fn slice<E: EntityTrait>(&self, query: Select<E>, slice: &Slice) -> Select<E> {
        self.ordered(self.resumed(query, slice), slice).limit(slice.limit())
    }

    /// The same slice of each of `query`'s groups of rows with one value in `group`, in one statement.
    pub(super) fn slice_of_each<E: EntityTrait<Column = C>>(&self, query: Select<E>, group: C, slice: &Slice) -> Select<E> {
        let mut window = WindowStatement::partition_by(group);
        if let Some(column) = self.sort(slice.order) {
            window.order_by(column, direction(slice));
        }
        window.order_by(self.id, direction(slice));
        let mut ranked = self.resumed(query, slice).select_only().column_as(self.id, "ranked_id").into_query();
        ranked.expr_window_as(Expr::cust("ROW_NUMBER()"), window, "place");
        let chosen: SelectStatement = Query::select()
            .column("ranked_id")
            .from_subquery(ranked, "ranked")
            // Pages are small.
            .and_where(Expr::col("place").lte(i64::from(slice.size) + 1))
            .take();
        self.ordered(E::find().filter(self.id.in_subquery(chosen)), slice)
    }
}

const fn direction(slice: &Slice) -> Direction {
    match (matches!(slice.order, Order::Newest), slice.backward) {
        (false, false) | (true, true) => Direction::Asc,
        (false, true) | (true, false) => Direction::Desc,
    }
}

/// Whether `column` contains `part`, taken literally.
pub(super) fn contains<C: ColumnTrait>(column: C, part: &str) -> SimpleExpr {
    let literal: String = part.chars().flat_map(|c| matches!(c, '!' | '%' | '_').then_some('!').into_iter().chain([c])).collect();
    column.into_simple_expr().like(LikeExpr::new(format!("%{literal}%")).escape('!'))
}
