//! A browser as far as signing in needs one: it follows redirects, keeps cookies and sends forms. It stops before the front end's page,
//! which nobody serves here.

use std::collections::BTreeMap;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder};
use url::Url;

/// Cookies by host and port; real browsers ignore the port, so these keep more apart.
#[derive(Debug)]
pub struct Browser {
    client: reqwest::Client,
    cookies: BTreeMap<String, BTreeMap<String, String>>,
    /// Addresses that begin so are the front end's.
    stop: String,
}

/// Where it has got to.
#[derive(Debug)]
pub enum Page {
    /// A page with what it shows.
    Shown {
        /// Its address.
        url: Url,
        /// The status of the answer.
        status: u16,
        /// What it is made of.
        body: String,
    },
    /// The front end's address, whole.
    FrontEnd(Url),
}

impl Page {
    /// The front end's address.
    ///
    /// # Panics
    /// When it has got elsewhere.
    pub fn front_end(self) -> Url {
        match self {
            Self::FrontEnd(url) => url,
            shown @ Self::Shown { .. } => panic!("not at the front end but at {shown:#?}"),
        }
    }
}

impl Browser {
    /// One without cookies, which stops before addresses that begin with `stop`.
    ///
    /// # Panics
    /// When no client can be made.
    pub fn new(stop: &str) -> Self {
        Self { client: reqwest::Client::builder().redirect(Policy::none()).build().expect("a client"), cookies: BTreeMap::new(), stop: stop.to_owned() }
    }

    /// The same cookies as another's.
    pub fn take_cookies(&mut self, other: &Self) {
        self.cookies.clone_from(&other.cookies);
    }

    /// Opens an address and follows it wherever it leads.
    ///
    /// # Panics
    /// When nobody answers.
    pub async fn visit(&mut self, url: Url) -> Page {
        self.go(Method::GET, url, &[]).await
    }

    /// Sends the form of the page whose text contains `which`, with what it hides and what the person types.
    ///
    /// # Panics
    /// When there is no such form, or nobody answers.
    pub async fn send(&mut self, page: &Page, which: &str, typed: &[(&str, &str)]) -> Page {
        let Page::Shown { url, body, .. } = page else { panic!("{page:?} has no form") };
        let form = body.split("<form").skip(1).find(|form| form.split("</form>").next().is_some_and(|form| form.contains(which)));
        let form = form.and_then(|form| form.split("</form>").next()).unwrap_or_else(|| panic!("no form with {which} at {url}:\n{body}"));
        let action = url.join(&attribute(form, "action").unwrap_or_default()).expect("an address");
        let mut fields: Vec<(String, String)> = form
            .split("<input")
            .skip(1)
            .filter(|input| input.contains("hidden"))
            .filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value").unwrap_or_default())))
            .collect();
        fields.extend(typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.go(Method::POST, action, &fields).await
    }

    async fn go(&mut self, mut method: Method, mut url: Url, fields: &[(String, String)]) -> Page {
        loop {
            if url.as_str().starts_with(&self.stop) {
                return Page::FrontEnd(url);
            }
            let mut request = self.client.request(method.clone(), url.clone());
            if method == Method::POST {
                request = request.form(fields);
            }
            let response = self.with_cookies(request, &url).send().await.expect("an answer");
            self.keep_cookies(&url, &response);
            let Some(location) = response.headers().get(LOCATION).filter(|_| response.status().is_redirection()) else {
                let status = response.status().as_u16();
                return Page::Shown { url, status, body: response.text().await.expect("a text") };
            };
            url = url.join(location.to_str().expect("a text")).expect("an address");
            method = Method::GET;
        }
    }

    fn with_cookies(&self, request: RequestBuilder, url: &Url) -> RequestBuilder {
        let Some(cookies) = self.cookies.get(&host(url)) else { return request };
        request.header(COOKIE, cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; "))
    }

    fn keep_cookies(&mut self, url: &Url, response: &reqwest::Response) {
        let cookies = self.cookies.entry(host(url)).or_default();
        for cookie in response.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().expect("a text").split(';').next().expect("a value");
            let (name, value) = cookie.split_once('=').expect("a name and a value");
            cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

fn host(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default())
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    Some(rest.split('"').next()?.replace("&amp;", "&").replace("&#x3D;", "="))
}
