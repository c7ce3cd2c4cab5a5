//! Addresses that are not public are never connected to.

use chatterbox::outgoing::Policy;

use super::{Internet, get};
use crate::harness::website::PUBLIC;

/// Addresses that the spellings below mean.
const FORBIDDEN: [&str; 58] = [
    "127.0.0.1",
    "127.1.2.3",
    "0.0.0.0",
    "0.0.0.1",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "169.254.169.254",
    "168.63.129.16",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.255",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:93.184.216.34",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::7f00:1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2600::5efe:7f00:1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "ff02::1",
    // Edges of the networks, and further special ones.
    "0.255.255.255",
    "100.127.255.255",
    "169.254.0.1",
    "192.0.0.8",
    "192.31.196.1",
    "192.52.193.1",
    "192.175.48.1",
    "198.19.255.255",
    "239.255.255.250",
    "::ffff:0:7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1:ffff::1",
    "2001:1ff:ffff::1",
    "2620:4f:8000::1",
    "3ffe::1",
    "3fff::1",
    "5f00::1",
    "fec0::1",
];

/// Spellings of forbidden addresses, schemes and ports.
const SPELLINGS: [&str; 93] = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0x7f.0x0.0x0.0x1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://0177.0x0.0.1/",
    "http://127.0.0.1./",
    "http://127.00000.0.1/",
    "http://１２７.０.０.１/",
    "http://127。0。0。1/",
    "http://①②⑦.⓪.⓪.①/",
    "http://%31%32%37.0.0.1/",
    "http://127.1.2.3/",
    "http://0/",
    "http://0.0.0.0/",
    "http://0.0.0.1/",
    "http:127.0.0.1/",
    "http:/127.0.0.1/",
    "http:\\\\127.0.0.1\\",
    "http://127.0.0.1\t/",
    "https://127.0.0.1/",
    "http://127.0.0.1:443/",
    "http://10.0.0.1/",
    "http://10.1/",
    "http://167772161/",
    "http://10.255.255.255/",
    "http://100.64.0.1/",
    "http://100.100.100.200/",
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://0251.0376.0251.0376/",
    "http://168.63.129.16/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.0.0.192/",
    "http://192.0.2.1/",
    "http://192.88.99.1/",
    "http://192.168.0.1/",
    "http://192.168.65535/",
    "http://198.18.0.1/",
    "http://198.51.100.1/",
    "http://203.0.113.1/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://[::]/",
    "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[0:0:0:0:0:ffff:7f00:1]/",
    "http://[::ffff:10.0.0.1]/",
    "http://[::ffff:93.184.216.34]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[64:ff9b:1::a00:1]/",
    "http://[100::1]/",
    "http://[2001::7f00:1]/",
    "http://[2001:db8::1]/",
    "http://[2002:7f00:1::]/",
    "http://[2600::5efe:7f00:1]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/",
    "http://[fe80::1]/",
    "http://[ff02::1]/",
    "http://[::1]:80/",
    "http://[::1%25lo]/",
    "http://0.255.255.255/",
    "http://100.127.255.255/",
    "http://169.254.1/",
    "http://192.0.8/",
    "http://192.31.196.1/",
    "http://192.52.193.1/",
    "http://192.175.48.1/",
    "http://198.19.65535/",
    "http://239.255.255.250/",
    "http://0xffffffff/",
    "http://0x7f.0.0.1./",
    "http://site.test@127.0.0.1/",
    "http://site.test:80@127.0.0.1/",
    "http://127.0.0.1#@site.test/",
    "http://127.0.0.1\\@site.test/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[64:ff9b::169.254.169.254]/",
    "http://[2620:4f:8000::1]/",
    "http://[3fff::1]/",
    "http://[5f00::1]/",
    "http://[fec0::1]/",
];

/// URLs that are refused whatever their address is.
const REFUSED: [&str; 14] = [
    "http://site.test:22/",
    "http://site.test:8080/",
    "http://site.test:0/",
    "https://site.test:444/",
    "http://user@site.test/",
    "http://user:password@site.test/",
    "http://:@site.test:81/",
    "ftp://site.test/",
    "file:///etc/passwd",
    "gopher://site.test/",
    "data:text/html,x",
    "javascript:alert(1)",
    "ws://site.test/",
    "unix:/run/docker.sock",
];

#[tokio::test]
async fn no_spelling_of_a_forbidden_address_opens_a_connection() {
    let internet = Internet::start().await;
    let client = internet.client(Policy::Public, &FORBIDDEN);
    for url in SPELLINGS.iter().chain(&REFUSED) {
        assert!(get(&client, url).await.is_err(), "{url}");
    }
    assert_eq!(internet.forbidden.connections(), 0);
    assert_eq!(internet.site.connections(), 0);
    let trusted = internet.client(Policy::Trusted, &FORBIDDEN);
    for url in ["http://127.1/", "http://10.0.0.1:9000/", "http://[::1]/"] {
        let page = get(&trusted, url).await.expect("a page");
        assert!(page.contains("secret"), "the routes would have led there");
    }
    assert_eq!(internet.forbidden.connections(), 3);
}

#[tokio::test]
async fn a_name_with_any_forbidden_address_is_refused() {
    let internet = Internet::start().await;
    let client = internet.client(Policy::Public, &FORBIDDEN);
    let page = get(&client, "http://site.test/").await.expect("a page");
    assert!(page.contains("public"));
    for (number, address) in FORBIDDEN.iter().enumerate() {
        let name = format!("mixed{number}.test");
        internet.dns.set(&name, &[&[PUBLIC, address]]);
        let refused = get(&client, &format!("http://{name}/")).await;
        assert_eq!(
            refused,
            Err("refused: address that isn’t public".into()),
            "{address}"
        );
    }
    internet.dns.set("none.test", &[&[]]);
    assert!(get(&client, "http://none.test/").await.is_err());
    assert_eq!(internet.forbidden.connections(), 0);
    assert_eq!(internet.site.connections(), 1);
}

#[tokio::test]
async fn a_name_that_changes_its_address_is_connected_to_at_the_checked_one() {
    let internet = Internet::start().await;
    let client = internet.client(Policy::Public, &FORBIDDEN);
    for inner in ["127.0.0.1", "::1", "169.254.169.254"] {
        internet.dns.set("rebinding.test", &[&[PUBLIC], &[inner]]);
        let page = get(&client, "http://rebinding.test/").await;
        assert!(page.expect("a page").contains("public"));
        let second = get(&client, "http://rebinding.test/").await;
        assert_eq!(second, Err("refused: address that isn’t public".into()));
    }
    assert_eq!(internet.forbidden.connections(), 0);
    assert_eq!(internet.site.connections(), 3);
}

#[tokio::test]
async fn redirects_are_checked_like_the_first_address() {
    let internet = Internet::start().await;
    let client = internet.client(Policy::Public, &FORBIDDEN);
    let (site, dns) = (&internet.site, &internet.dns);
    dns.set("inner.test", &[&["10.0.0.1"]]);
    dns.set("late.test", &[&[PUBLIC], &["127.0.0.1"]]);
    for to in [
        "http://127.0.0.1/",
        "//127.1/",
        "http://inner.test/",
        "http://late.test/away",
        "http://[::ffff:127.0.0.1]/",
        "http://site.test:22/",
        "http://user@site.test/",
        "file:///etc/passwd",
        "http://2130706433/",
    ] {
        site.redirect("/away", to);
        let refused = get(&client, "http://late.test/away").await;
        assert!(refused.is_err(), "{to}");
        dns.set("late.test", &[&[PUBLIC], &["127.0.0.1"]]);
    }
    assert_eq!(internet.forbidden.connections(), 0);
    site.redirect("/away", "/#fragment");
    let page = get(&client, "http://site.test/away").await;
    assert!(page.expect("a page").contains("public"));
}
