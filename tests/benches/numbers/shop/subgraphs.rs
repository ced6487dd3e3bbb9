//! The four subgraphs of the public benchmark for federation gateways: accounts, inventory, products, reviews.

use std::sync::Arc;

use async_graphql::{EmptyMutation, EmptySubscription, ID, Object, Schema};
use platform::subgraph::{SchemaSubgraph, Subgraph};

use super::data;

/// All four, by the names that the supergraph has for them.
pub(super) fn all() -> [Arc<dyn Subgraph>; 4] {
    [
        Arc::new(SchemaSubgraph::new("accounts", || Schema::build(accounts::Query, EmptyMutation, EmptySubscription).enable_federation())),
        Arc::new(SchemaSubgraph::new("inventory", || Schema::build(inventory::Query, EmptyMutation, EmptySubscription).enable_federation())),
        Arc::new(SchemaSubgraph::new("products", || Schema::build(products::Query, EmptyMutation, EmptySubscription).enable_federation())),
        Arc::new(SchemaSubgraph::new("reviews", || Schema::build(reviews::Query, EmptyMutation, EmptySubscription).enable_federation())),
    ]
}

mod accounts {
    use super::*;

    struct User(&'static data::User);

    #[Object]
    impl User {
        async fn id(&self) -> ID {
            self.0.0.into()
        }

        async fn name(&self) -> Option<&str> {
            Some(self.0.1)
        }

        #[graphql(shareable)]
        async fn username(&self) -> Option<&str> {
            Some(self.0.2)
        }

        async fn birthday(&self) -> Option<i32> {
            Some(self.0.3)
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

        #[graphql(entity)]
        async fn find_user(&self, id: ID) -> Option<User> {
            data::user(&id).map(User)
        }
    }
}

mod inventory {
    use super::*;

    struct Product {
        product: &'static data::Product,
        /// What the gateway was told by `products`.
        given: Option<(i32, i32)>,
    }

    #[Object]
    impl Product {
        async fn upc(&self) -> &str {
            self.product.upc
        }

        #[graphql(external)]
        async fn weight(&self) -> Option<i32> {
            self.given.map(|(_, weight)| weight)
        }

        #[graphql(external)]
        async fn price(&self) -> Option<i32> {
            self.given.map(|(price, _)| price)
        }

        async fn in_stock(&self) -> Option<bool> {
            Some(self.product.in_stock)
        }

        #[graphql(requires = "price weight")]
        async fn shipping_estimate(&self) -> Option<i32> {
            self.given.map(|(price, weight)| data::shipping_estimate(price, weight))
        }
    }

    pub(super) struct Query;

    #[Object]
    impl Query {
        #[graphql(entity)]
        async fn find_product(&self, #[graphql(key)] upc: String, price: Option<i32>, weight: Option<i32>) -> Option<Product> {
            data::product_of(&upc).map(|product| Product { product, given: price.zip(weight) })
        }
    }
}

mod products {
    use super::*;

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
    }

    pub(super) struct Query;

    #[Object]
    impl Query {
        async fn top_products(&self, #[graphql(default = 5)] first: usize) -> Option<Vec<Option<Product>>> {
            Some(data::PRODUCTS.iter().take(first).map(|product| Some(Product(product))).collect())
        }

        #[graphql(entity)]
        async fn find_product(&self, upc: String) -> Option<Product> {
            data::product_of(&upc).map(Product)
        }
    }
}

mod reviews {
    use super::*;

    struct Review(&'static data::Review);

    #[Object]
    impl Review {
        async fn id(&self) -> ID {
            self.0.id.into()
        }

        async fn body(&self) -> Option<&str> {
            Some(self.0.body)
        }

        #[graphql(provides = "username")]
        async fn author(&self) -> Option<User> {
            Some(User { id: self.0.author.into() })
        }

        async fn product(&self) -> Option<Product> {
            Some(Product { upc: self.0.product.to_owned() })
        }
    }

    struct User {
        id: ID,
    }

    #[Object]
    impl User {
        async fn id(&self) -> &ID {
            &self.id
        }

        #[graphql(external)]
        async fn username(&self) -> Option<&str> {
            data::user(&self.id).map(|user| user.2)
        }

        async fn number_of_reviews(&self) -> Option<usize> {
            Some(data::reviews_by(&self.id).count())
        }

        async fn reviews(&self) -> Option<Vec<Option<Review>>> {
            Some(data::reviews_by(&self.id).map(|review| Some(Review(review))).collect())
        }
    }

    struct Product {
        upc: String,
    }

    #[Object]
    impl Product {
        async fn upc(&self) -> &str {
            &self.upc
        }

        async fn reviews(&self) -> Option<Vec<Option<Review>>> {
            Some(data::reviews_of(&self.upc).map(|review| Some(Review(review))).collect())
        }
    }

    pub(super) struct Query;

    #[Object]
    impl Query {
        #[graphql(entity)]
        async fn find_review(&self, id: ID) -> Option<Review> {
            data::REVIEWS.iter().find(|review| *id == *review.id).map(Review)
        }

        #[graphql(entity)]
        async fn find_user(&self, id: ID) -> User {
            User { id }
        }

        #[graphql(entity)]
        async fn find_product(&self, upc: String) -> Product {
            Product { upc }
        }
    }
}
