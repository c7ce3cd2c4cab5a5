//! First run: the setup of a new server, its code, and the ways around it.

use serde_json::{Value, json};

use crate::harness::account::{Account, PASSWORD};
use crate::harness::browser::Browser;
use crate::harness::http::{Reply, get_json, post_json, send};
use crate::harness::server::Server;

const CODE: &str = "open-sesame-42";
const REACHABLE: [&str; 4] = ["--trusted-proxies", "192.0.2.1", "--setup-code", CODE];

async fn set_up(server: &Server, change: Value) -> Reply {
    let mut form = json!({
        "code": CODE, "name": "Math Club", "username": "ada", "password": PASSWORD,
    });
    for (key, value) in change.as_object().expect("an object") {
        form[key] = value.clone();
    }
    post_json(&format!("{}/setup", server.origin()), &form).await
}

async fn settings(admin: &Account) -> Value {
    admin.get("/admin/settings").await.expect(200).json()
}

#[tokio::test]
async fn a_browser_sets_up_a_server_on_this_machine_without_a_code() {
    let server = Server::start();
    let browser = Browser::new(&server.origin());
    for path in ["/", "/login"] {
        let reply = browser.page(path).await.expect(303);
        assert_eq!(reply.header("location"), "/setup", "{path}");
    }
    let page = browser.page("/setup").await.expect(200).text();
    assert!(!page.contains("name=\"code\""), "{page}");
    assert!(
        page.contains("value=\"open\" checked"),
        "registration begins open"
    );
    let mut form = [
        ("name", "Math Club"),
        ("username", "ada"),
        ("password", "short"),
        ("registration", "closed"),
    ];
    let refused = browser.submit("/setup", &form).await.expect(422).text();
    assert!(refused.contains("at least 8 characters"), "{refused}");
    assert!(refused.contains("value=\"Math Club\"") && refused.contains("value=\"ada\""));
    form[2].1 = PASSWORD;
    let done = browser.submit("/setup", &form).await.expect(303);
    assert_eq!(done.header("location"), "/");
    let room = browser.page("/rooms/1").await.expect(200).text();
    assert!(room.contains("<title>Lobby · Math Club</title>"), "{room}");
    let ada = Account::log_in(&server, "ada").await;
    let settings = settings(&ada).await;
    assert_eq!(settings["name"], "Math Club");
    assert_eq!(settings["registration"], "closed");
    let again = browser.page("/setup").await.expect(303);
    assert_eq!(again.header("location"), "/");
}

#[tokio::test]
async fn the_first_account_of_a_server_on_this_machine_needs_no_setup() {
    let server = Server::start();
    let page = Browser::new(&server.origin());
    page.page("/register").await.expect(200);
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    assert_eq!(settings(&ada).await["registration"], "open");
    bob.get("/admin/settings").await.expect(403);
    set_up(&server, json!({"username": "eve"}))
        .await
        .expect(409);
}

#[tokio::test]
async fn a_server_that_others_reach_is_set_up_with_its_code_alone() {
    let server = Server::start_with(&REACHABLE);
    let url = format!("{}/setup", server.origin());
    let state = get_json(&url).await.expect(200).json();
    assert_eq!(state, json!({"needed": true, "needs_code": true}));
    let account = json!({"username": "eve", "password": PASSWORD});
    let register = format!("{}/register", server.origin());
    let refused = post_json(&register, &account).await.expect(403);
    assert!(refused.detail().contains("/setup"), "{}", refused.detail());
    let browser = Browser::new(&server.origin());
    let reply = browser.page("/register").await.expect(303);
    assert_eq!(reply.header("location"), "/setup");
    for code in [json!("wrong"), json!("")] {
        let refused = set_up(&server, json!({"code": code})).await.expect(422);
        assert!(
            refused.detail().contains("code is wrong"),
            "{}",
            refused.detail()
        );
    }
    let done = set_up(&server, json!({})).await.expect(200).json();
    assert!(done["token"].is_string(), "{done}");
    let ada = Account::log_in(&server, "ada").await;
    assert_eq!(settings(&ada).await["registration"], "invitation");
    let reused = set_up(&server, json!({"username": "eve"}))
        .await
        .expect(409);
    assert!(reused.detail().contains("already set up"));
    let state = get_json(&url).await.expect(200).json();
    assert_eq!(state, json!({"needed": false, "needs_code": false}));
    post_json(&register, &account).await.expect(403);
}

#[tokio::test]
async fn wrong_codes_are_limited() {
    let server = Server::start_with(&REACHABLE);
    for _ in 0..10 {
        set_up(&server, json!({"code": "guess"})).await.expect(422);
    }
    let refused = set_up(&server, json!({})).await.expect(429);
    assert!(
        refused.detail().contains("wrong setup codes"),
        "{}",
        refused.detail()
    );
}

#[tokio::test]
async fn of_two_people_who_set_up_a_server_at_once_one_wins() {
    let server = Server::start_with(&REACHABLE);
    let names = ["ada", "bob", "carol", "dave"];
    let runs = names.map(|name| set_up(&server, json!({"username": name, "name": name})));
    let replies = futures_util::future::join_all(runs).await;
    let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409]);
    let winner = replies.iter().position(|reply| reply.status == 200);
    let winner = names[winner.expect("one")];
    let admin = Account::log_in(&server, winner).await;
    assert_eq!(settings(&admin).await["name"], winner);
}

#[tokio::test]
async fn the_code_is_printed_once_until_there_is_an_account() {
    let args = ["--public-url", "https://chat.example.com"];
    let mut server = Server::executable(&args);
    server.wait_for_output("Set it up at").await;
    let output = server.output();
    let line = output.lines().find(|line| line.starts_with("Set it up"));
    let line = line.expect("a line for the operator");
    let start = "Set it up at https://chat.example.com/setup with this code: ";
    let code = line.strip_prefix(start).expect(start);
    assert_eq!(code.len(), 19, "{code}");
    assert_eq!(output.matches(code).count(), 1, "{output}");
    let form = json!({"code": code, "username": "ada", "password": PASSWORD});
    let post = crate::harness::http::client()
        .post(format!("{}/setup", server.origin()))
        .header("host", "chat.example.com")
        .header("accept", "application/json")
        .json(&form);
    send(post).await.expect(200);
    assert_eq!(server.output().matches(code).count(), 1);
    server.signal("TERM");
    server.start_again();
    assert!(
        !server.output().contains("Set it up"),
        "{}",
        server.output()
    );
}
