//! What the shop of the public benchmark sells, to whom, and what they say of it: few things that refer to each other a lot.

/// A person: id, name, username, birthday.
pub(super) type User = (&'static str, &'static str, &'static str, i32);

pub(super) const USERS: [User; 6] = [
    ("1", "Ada Lovelace", "ada", 1_234_567_890),
    ("2", "Grace Hopper", "grace", 1_234_567_890),
    ("3", "Edsger Dijkstra", "edsger", 1_234_567_890),
    ("4", "Barbara Liskov", "barbara", 1_234_567_890),
    ("5", "Tony Hoare", "tony", 1_234_567_890),
    ("6", "Frances Allen", "frances", 1_234_567_890),
];

/// A thing to buy.
#[derive(Debug)]
pub(super) struct Product {
    pub(super) upc: &'static str,
    pub(super) name: &'static str,
    pub(super) price: i32,
    pub(super) weight: i32,
    pub(super) in_stock: bool,
}

const fn product(upc: &'static str, name: &'static str, price: i32, weight: i32, in_stock: bool) -> Product {
    Product { upc, name, price, weight, in_stock }
}

pub(super) const PRODUCTS: [Product; 9] = [
    product("1", "Table", 899, 100, true),
    product("2", "Couch", 1299, 1000, false),
    product("3", "Glass", 15, 20, false),
    product("4", "Chair", 499, 100, false),
    product("5", "TV", 1299, 1000, true),
    product("6", "Lamp", 6999, 300, true),
    product("7", "Grill", 3999, 2000, true),
    product("8", "Fridge", 100_000, 6000, false),
    product("9", "Sofa", 9999, 800, true),
];

/// What somebody says of a product.
#[derive(Debug)]
pub(super) struct Review {
    pub(super) id: &'static str,
    pub(super) author: &'static str,
    pub(super) product: &'static str,
    pub(super) body: &'static str,
}

const fn review(id: &'static str, author: &'static str, product: &'static str, body: &'static str) -> Review {
    Review { id, author, product, body }
}

pub(super) const REVIEWS: [Review; 11] = [
    review("1", "1", "1", "Love it!"),
    review("2", "1", "2", "Too expensive."),
    review("3", "2", "3", "Could be better."),
    review("4", "2", "1", "Prefer something else."),
    review("5", "1", "1", "Best product ever!"),
    review("6", "1", "2", "I like it a lot, and would buy it again."),
    review("7", "1", "1", "Not what I had expected, but it holds."),
    review("8", "1", "1", "Arrived late and with a scratch."),
    review("9", "1", "1", "A gift that was well received."),
    review("10", "1", "1", "It does what it should."),
    review("11", "1", "1", "Five of five."),
];

pub(super) fn user(id: &str) -> Option<&'static User> {
    USERS.iter().find(|user| user.0 == id)
}

pub(super) fn product_of(upc: &str) -> Option<&'static Product> {
    PRODUCTS.iter().find(|product| product.upc == upc)
}

pub(super) fn reviews_by(author: &str) -> impl Iterator<Item = &'static Review> {
    REVIEWS.iter().filter(move |review| review.author == author)
}

pub(super) fn reviews_of(product: &str) -> impl Iterator<Item = &'static Review> {
    REVIEWS.iter().filter(move |review| review.product == product)
}

/// What sending costs: nothing for what is dear, else by weight.
pub(super) const fn shipping_estimate(price: i32, weight: i32) -> i32 {
    if price > 1000 { 0 } else { weight / 2 }
}
