//! The shop as one schema, as somebody would write it who has no need of federation.

use async_graphql::{EmptyMutation, EmptySubscription, ID, Object, Schema};

use super::data;

pub(super) type Merged = Schema<Query, EmptyMutation, EmptySubscription>;

pub(super) fn schema() -> Merged {
    Schema::new(Query, EmptyMutation, EmptySubscription)
}

struct User(&'static data::User);

#[Object]
impl User {
    async fn id(&self) -> ID {
        self.0.0.into()
    }

    async fn name(&self) -> Option<&str> {
        Some(self.0.1)
    }

    async fn username(&self) -> Option<&str> {
        Some(self.0.2)
    }

    async fn birthday(&self) -> Option<i32> {
        Some(self.0.3)
    }

    async fn number_of_reviews(&self) -> Option<usize> {
        Some(data::reviews_by(self.0.0).count())
    }

    async fn reviews(&self) -> Option<Vec<Option<Review>>> {
        Some(data::reviews_by(self.0.0).map(|review| Some(Review(review))).collect())
    }
}

struct Product(&'static data::Product);

#[Object]
impl Product {
    async fn upc(&self) -> &str {
        self.0.upc
    }

    async fn name(&self) -> Option<&str> {
        Some(self.0.name)
    }

    async fn price(&self) -> Option<i32> {
        Some(self.0.price)
    }

    async fn weight(&self) -> Option<i32> {
        Some(self.0.weight)
    }

    async fn in_stock(&self) -> Option<bool> {
        Some(self.0.in_stock)
    }

    async fn shipping_estimate(&self) -> Option<i32> {
        Some(data::shipping_estimate(self.0.price, self.0.weight))
    }

    async fn reviews(&self) -> Option<Vec<Option<Review>>> {
        Some(data::reviews_of(self.0.upc).map(|review| Some(Review(review))).collect())
    }
}

struct Review(&'static data::Review);

#[Object]
impl Review {
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    async fn body(&self) -> Option<&str> {
        Some(self.0.body)
    }

    async fn author(&self) -> Option<User> {
        data::user(self.0.author).map(User)
    }

    async fn product(&self) -> Option<Product> {
        data::product_of(self.0.product).map(Product)
    }
}

pub(super) struct Query;

#[Object]
impl Query {
    async fn me(&self) -> Option<User> {
        data::user("1").map(User)
    }

    async fn user(&self, id: ID) -> Option<User> {
        data::user(&id).map(User)
    }

    async fn users(&self) -> Option<Vec<Option<User>>> {
        Some(data::USERS.iter().map(|user| Some(User(user))).collect())
    }

    async fn top_products(&self, #[graphql(default = 5)] first: usize) -> Option<Vec<Option<Product>>> {
        Some(data::PRODUCTS.iter().take(first).map(|product| Some(Product(product))).collect())
    }
}
