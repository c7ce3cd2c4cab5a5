//! Usernames that pass for others, names with accents, and the mentions of both.

use serde_json::{Value, json};

use crate::harness::account::{Account, PASSWORD};
use crate::harness::http::{self, Reply};
use crate::harness::server::Server;
use crate::search::{encoded, finds, until_indexed};

async fn register(server: &Server, name: &str) -> Reply {
    let account = json!({"username": name, "password": PASSWORD});
    http::post_json(&format!("{}/register", server.origin()), &account).await
}

#[tokio::test]
async fn names_that_differ_only_in_accents_and_outer_punctuation_are_taken() {
    let server = Server::unlimited();
    for name in [
        "grace",
        "José",
        "Łukasz",
        "user.",
        "a-b",
        "müller_2",
        "李小龙",
    ] {
        register(&server, name).await.expect(200);
    }
    for name in [
        "grace.",
        "grace..",
        "grace-",
        "grace_",
        "_grace",
        ".grace.",
        "-grace-",
        "gráce",
        "Grace.",
        "GRACÉ_",
        "grасе.",
        "ɡrace",
        "grace\u{302}",
        "jose",
        "JOSE",
        "josè",
        "jose.",
        "_José",
        "lukasz",
        "LUKASZ.",
        "user",
        "User_",
        "a-b-",
        "á-b",
        "muller_2",
        "MÜLLER_2.",
        "李小龙.",
        "_李小龙",
    ] {
        let refused = register(&server, name).await.expect(400).json();
        assert_eq!(refused["detail"], "Username already exists", "{name}");
    }
    for name in [
        "grace2",
        "gracey",
        "grac",
        "grace.hopper",
        "g.race",
        "josefine",
        "jos",
        "user.1",
        "ab",
        "a.b",
        "muller2",
        "李小",
        "2grace",
    ] {
        register(&server, name).await.expect(200);
    }
}

/// The usernames in a list of people.
fn names(people: &Value) -> Vec<&str> {
    let people = people.as_array().expect("a list").iter();
    people
        .filter_map(|person| person["username"].as_str())
        .collect()
}

#[tokio::test]
async fn people_and_rooms_are_found_without_their_accents() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let jose = Account::register(&server, "José").await;
    let lukasz = Account::register(&server, "Łukasz").await;
    let change = json!({"display_name": "Zoë Núñez"});
    lukasz.send("PATCH", "/profile", &change).await.expect(200);
    let room = ada.create_room("Café Olé", "open").await;
    lukasz.post("a plan of Zoë").await;
    jose.post("a plan of José").await;
    until_indexed(&ada).await;
    for (query, expected) in [
        ("jose", "José"),
        ("JOS", "José"),
        ("josé", "José"),
        ("jose\u{301}", "José"),
        ("josè", "José"),
        ("ose", "José"),
        ("lukasz", "Łukasz"),
        ("luk", "Łukasz"),
        ("łuk", "Łukasz"),
        ("nunez", "Łukasz"),
        ("zoe", "Łukasz"),
        ("ZOE NUN", "Łukasz"),
        ("@jose", "José"),
    ] {
        let found = ada
            .get(&format!("/people?{}", encoded(query)))
            .await
            .expect(200)
            .json();
        assert_eq!(names(&found["people"]), [expected], "people {query}");
        let found = ada
            .get(&format!("/search?{}", encoded(query)))
            .await
            .expect(200)
            .json();
        assert_eq!(names(&found["people"]), [expected], "search {query}");
    }
    for (query, expected) in [
        ("jose", "José"),
        ("jos", "José"),
        ("luka", "Łukasz"),
        ("nun", "Łukasz"),
        ("zoe", "Łukasz"),
        ("zoe nu", "Łukasz"),
    ] {
        let path = format!("/rooms/1/names?{}", encoded(query));
        let found = ada.get(&path).await.expect(200).json();
        assert_eq!(names(&found["people"]), [expected], "completion {query}");
    }
    for query in ["cafe", "CAFE OLE", "ole", "café", "caf"] {
        let found = ada
            .get(&format!("/rooms?{}", encoded(query)))
            .await
            .expect(200)
            .json();
        assert_eq!(found["rooms"][0]["id"], room, "rooms {query}");
        let found = ada
            .get(&format!("/search?{}", encoded(query)))
            .await
            .expect(200)
            .json();
        assert_eq!(found["rooms"][0]["id"], room, "search {query}");
    }
    for (query, expected) in [
        ("plan from:jose", "a plan of José"),
        ("plan from:JOSÉ", "a plan of José"),
        ("plan from:@jose", "a plan of José"),
        ("plan from:lukasz", "a plan of Zoë"),
        ("plan from:\"zoe nunez\"", "a plan of Zoë"),
        ("plan -from:lukasz", "a plan of José"),
        ("zoe", "a plan of Zoë"),
    ] {
        assert_eq!(finds(&ada, query).await, [expected], "{query}");
    }
    ada.say(room, "plan of the café").await;
    until_indexed(&ada).await;
    for query in [
        "plan in:\"cafe ole\"",
        "plan in:cafe-ole",
        "plan in:\"CAFÉ OLÉ\"",
    ] {
        assert_eq!(finds(&ada, query).await, ["plan of the café"], "{query}");
    }
    ada.get("/people/jose").await.expect(200);
    ada.get("/people/jos").await.expect(404);
}

#[tokio::test]
async fn mentions_find_members_despite_dots_and_accents() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    for name in ["grace", "user.", "José", "jo.se"] {
        Account::register(&server, name).await;
    }
    for (text, expected) in [
        ("Ask @grace.", Some("@grace</a>.")),
        ("Thanks @user..", Some("@user.</a>.")),
        ("Thanks @user.", Some("@user.</a>")),
        ("Thanks @user.!", Some("@user.</a>!")),
        ("Thanks @user", None),
        ("hi @jose", Some("@José</a>")),
        ("hi @JOSÉ, you", Some("@José</a>, you")),
        ("hi @jose.", Some("@José</a>.")),
        ("hi @jose\u{301}s", None),
        ("hi @jo.se", Some("@jo.se</a>")),
        ("> @grace said", None),
        ("> @user.", None),
        (">> @jose", None),
        ("- > @grace", None),
        ("> ada\n> and @grace", None),
        ("> ada\n\n@grace", Some("@grace</a>")),
    ] {
        let html = ada.post(text).await["html"]
            .as_str()
            .expect("HTML")
            .to_owned();
        match expected {
            Some(expected) => assert!(html.contains(expected), "{text}: {html}"),
            None => assert!(!html.contains("mention--"), "{text}: {html}"),
        }
    }
}
