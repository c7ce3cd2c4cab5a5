//! Requests to other servers: forbidden addresses in all spellings, rebinding, redirects, limits.

mod addresses;
mod limits;

use std::time::Duration;

use chatterbox::outgoing::{Client, Limits, Network, Policy, Url};

use crate::harness::website::{Dns, PUBLIC, Website};

const LIMITS: Limits = Limits {
    time: Duration::from_secs(5),
    redirects: 3,
};

/// A website that seems to be public, and another one to which all forbidden addresses lead.
struct Internet {
    site: Website,
    forbidden: Website,
    dns: Dns,
}

impl Internet {
    async fn start() -> Internet {
        let internet = Internet {
            site: Website::start().await,
            forbidden: Website::start().await,
            dns: Dns::start().await,
        };
        internet.site.set_page("/", "<title>public</title>");
        internet.forbidden.set_page("/", "<title>secret</title>");
        internet
    }

    /// A client for which connections to these addresses would reach the forbidden website.
    fn client(&self, policy: Policy, forbidden: &[&str]) -> Client {
        let forbidden = forbidden.iter();
        let mut routes: Vec<_> = forbidden
            .map(|from| (from.parse().expect("an address"), self.forbidden.address()))
            .collect();
        let public = PUBLIC.parse().expect("an address");
        routes.push((public, self.site.address()));
        let dns = Some(self.dns.address());
        Client::new(policy, Network { dns, routes })
    }
}

/// Start of the body at a URL, or why there is none.
async fn get(client: &Client, url: &str) -> Result<String, String> {
    let url = Url::parse(url).map_err(|error| error.to_string())?;
    let response = client.get(&url, "text/html", LIMITS).await;
    let response = response.map_err(|failure| failure.to_string())?;
    let bytes = response.start_of_body(1 << 20).await;
    let bytes = bytes.map_err(|failure| failure.to_string())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
