//! Direct conversations, one for each set of users, and profiles.

use serde_json::{Value, json};

use crate::harness::account::{Account, PASSWORD};
use crate::harness::browser::Browser;
use crate::harness::html::{attribute, inside, shown, tag_of, text_of};
use crate::harness::http::{Reply, post_json};
use crate::harness::server::Server;

async fn open(person: &Account, names: &[&str]) -> Reply {
    let with = json!({"usernames": names});
    person.send("POST", "/directs", &with).await
}

async fn profile(person: &Account, change: Value) -> Reply {
    person.send("PATCH", "/profile", &change).await
}

#[track_caller]
fn refused(reply: Reply) -> String {
    let detail = reply.expect(422).detail();
    assert!(detail.ends_with('.'), "{detail:?}");
    detail
}

#[tokio::test]
async fn a_direct_conversation_needs_1_to_19_other_existing_users() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let mut people = Vec::new();
    for number in 1..=20 {
        let name = format!("person{number:02}");
        let account = json!({"username": name, "password": PASSWORD});
        let path = format!("{}/register", server.origin());
        post_json(&path, &account).await.expect(200);
        people.push(name);
    }
    let names: Vec<&str> = people.iter().map(|name| &**name).collect();
    refused(open(&ada, &[]).await);
    refused(open(&ada, &["ada", "@ADA"]).await);
    let unknown = refused(open(&ada, &["person01", "nobody"]).await);
    assert!(unknown.contains("nobody"), "{unknown}");
    let many = refused(open(&ada, &names).await);
    assert!(many.contains("20"), "{many}");
    refused(open(&ada, &["person01"; 200]).await);
    let made = open(&ada, &names[..19]).await.expect(201).json();
    assert_eq!(made["people"].as_array().map(Vec::len), Some(19));
    let expected_name = "person01, person02, person03, person04 and 15 more";
    assert_eq!(made["name"], expected_name);

    let browser = ada.browser().await;
    for (with, text) in [
        ("", "Choose at least one person"),
        ("ada", "Choose at least one person"),
        ("person01 nobody", "nobody"),
        (&*names.join(" "), "20"),
    ] {
        let page = browser.submit("/directs", &[("with", with)]).await;
        let page = shown(&page.expect(422).text());
        assert!(
            page.contains("role=\"alert\"") && page.contains(text),
            "{with}"
        );
        if with.contains("person01") {
            let picked = inside(&page, "picked").expect("the chosen users stay selected");
            assert!(picked.contains("person01"), "{picked}");
        }
    }
}

#[tokio::test]
async fn the_same_users_always_get_the_same_conversation() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let carol = Account::register(&server, "carol").await;
    let first = open(&ada, &["bob", "carol"]).await.expect(201).json();
    let room = first["id"].as_i64().expect("an id");
    assert_eq!(first["kind"], "direct");
    for (person, names) in [
        (&ada, vec!["CAROL", "Bob"]),
        (&ada, vec!["bob", "bob", "ada", "carol"]),
        (&bob, vec!["carol", "ada"]),
        (&carol, vec![" @ada ", "@BOB"]),
    ] {
        let again = open(person, &names).await.expect(200).json();
        assert_eq!(again["id"], room, "{} with {names:?}", person.name);
    }
    assert_eq!(carol.room(room).await["name"], "ada, bob");
    let two = open(&ada, &["bob"]).await.expect(201).json();
    assert_ne!(two["id"], room, "other users get another conversation");
    let browser: Browser = bob.browser().await;
    let form = [("with", "carol, ADA")];
    let opened = browser.submit("/directs", &form).await.expect(303);
    assert_eq!(opened.header("location"), format!("/rooms/{room}"));
}

#[tokio::test]
async fn two_users_who_open_a_conversation_at_the_same_time_get_the_same_one() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let (hers, his) = tokio::join!(open(&ada, &["bob"]), open(&bob, &["ada"]));
    let mut statuses = [hers.status, his.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 201]);
    assert_eq!(hers.json()["id"], his.json()["id"]);
}

#[tokio::test]
async fn a_direct_conversation_cannot_be_renamed_opened_or_archived() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let carol = Account::register(&server, "carol").await;
    let room = bob.direct(&["carol"]).await;
    let path = format!("/rooms/{room}");
    bob.send("PATCH", &path, &json!({})).await.expect(200);
    bob.send("PATCH", &path, &json!({"name": "carol"}))
        .await
        .expect(200);
    assert_eq!(
        carol.room(room).await["name"],
        "bob",
        "the requests changed nothing"
    );
    for change in [
        json!({"name": "ours"}),
        json!({"kind": "open"}),
        json!({"archived": true}),
    ] {
        bob.send("PATCH", &path, &change).await.expect(403);
    }
    ada.get(&path).await.expect(404);
    let found = ada.get("/search?q=carol").await.json();
    assert_eq!(found["rooms"], json!([]));
    let later = bob.say(room, "hello").await["id"].clone();
    let unread = carol.room(room).await["unread"].clone();
    assert_eq!(
        (&unread["unread"], unread["read"].as_i64() < later.as_i64()),
        (&json!(1), true)
    );
}

#[tokio::test]
async fn a_profile_with_too_long_texts_or_an_unknown_time_zone_is_refused() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    let (name, about, zone) = ("n".repeat(65), "a".repeat(161), "Z".repeat(70));
    for (field, value) in [
        ("display_name", &*name),
        ("about", &*about),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", &*zone),
        ("time_zone", "<b>"),
        ("time_zone", "../../etc/passwd"),
        ("time_zone", "/etc/localtime"),
    ] {
        refused(profile(&ada, json!({field: value})).await);
        let mut form = vec![
            ("display_name", "Ada L"),
            ("about", "me"),
            ("time_zone", ""),
        ];
        form.retain(|(other, _)| *other != field);
        form.push((field, value));
        let page = browser.submit("/profile", &form).await.expect(422).text();
        assert!(page.contains("role=\"alert\""), "{page}");
        for (field, value) in form {
            let tag = tag_of(&page, &format!("#{field}")).expect("the input");
            assert_eq!(attribute(tag, "value").as_deref(), Some(value), "{field}");
        }
    }
    for change in [json!({"display_name": 5}), json!({"about": []})] {
        refused(profile(&ada, change).await);
    }
    let stored = ada.get("/people/ada").await.expect(200).json();
    assert_eq!(
        (&stored["display_name"], &stored["about"]),
        (&json!(""), &json!(""))
    );
    let fits = json!({"display_name": "é".repeat(64), "about": "😀".repeat(160), "time_zone": "Asia/Kolkata"});
    profile(&ada, fits).await.expect(200);
    let stored = profile(&ada, json!({})).await.expect(200).json();
    assert_eq!(
        stored["time_zone"], "Asia/Kolkata",
        "an empty change keeps all fields"
    );
}

#[tokio::test]
async fn markup_in_a_display_name_is_text_everywhere() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let markup = "<b>\"A\"</b><script>x</script>";
    let change = json!({"display_name": markup, "about": markup});
    let changed = profile(&ada, change).await.expect(200).json();
    assert_eq!(changed["display_name"], markup);
    let room = bob.direct(&["ada"]).await;
    assert_eq!(bob.room(room).await["name"], markup);
    let (hers, his) = (ada.browser().await, bob.browser().await);
    for path in [
        format!("/rooms/{room}"),
        format!("/rooms/{room}/settings"),
        "/rooms/1/members".into(),
        "/people".into(),
        "/people/ada".into(),
        "/search?q=ada".into(),
        "/directs/new?q=ada".into(),
        "/directs/new?with=ada".into(),
    ] {
        let page = his.page(&path).await.expect(200).text();
        assert!(
            !page.contains("<script>") && !page.contains("<b>\""),
            "{path}"
        );
        let row = inside(&page, &format!("#room-{room}")).expect("the row of the room");
        let name = inside(&row, "sidebar-row__name").expect("the name of the room");
        assert_eq!(text_of(&name), markup, "{path}");
    }
    let page = hers.page("/profile").await.expect(200).text();
    let tag = tag_of(&page, "#display_name").expect("the input");
    assert_eq!(attribute(tag, "value").as_deref(), Some(markup));
    let options = his.fragment("/search?q=ada").await.expect(200).text();
    assert!(!options.contains("<script>"), "{options}");
}

#[tokio::test]
async fn a_changed_display_name_is_pushed_to_the_sidebars_of_others() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let room = bob.direct(&["ada"]).await;
    let mut live = bob.open_live_at("/live").await;
    live.pushed("#sidebar", |html| html.contains(">ada<")).await;
    profile(&ada, json!({"display_name": "Countess"}))
        .await
        .expect(200);
    live.pushed("#sidebar", |html| html.contains(">Countess<"))
        .await;
    assert_eq!(bob.room(room).await["name"], "Countess");
    assert_eq!(open(&bob, &["ada"]).await.expect(200).json()["id"], room);
}

#[tokio::test]
async fn a_person_with_a_conversation_is_listed_once() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    Account::register(&server, "bobby").await;
    profile(&bob, json!({"display_name": "Robert Bob"}))
        .await
        .expect(200);
    let room = ada.direct(&["bob"]).await;
    let browser = ada.browser().await;
    let options = browser.fragment("/search?q=bob").await.expect(200).text();
    assert_eq!(options.matches("Robert Bob").count(), 1, "{options}");
    assert!(
        options.contains(&format!("href=\"/rooms/{room}\"")),
        "{options}"
    );
    assert!(options.contains("href=\"/people/bobby\""), "{options}");
    let page = browser.page("/search?q=robert").await.expect(200).text();
    let main = page.split("<main").nth(1).expect("a main part");
    assert_eq!(main.matches("Robert Bob").count(), 1, "{main}");
}

#[tokio::test]
async fn the_page_of_a_new_conversation_says_what_comes_next() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await.browser().await;
    let says = |query: &'static str, text: &'static str| {
        let ada = &ada;
        async move {
            let page = ada
                .page(&format!("/directs/new{query}"))
                .await
                .expect(200)
                .text();
            let shown = text_of(page.split("id=\"picker\"").nth(1).expect("the picker"));
            assert!(shown.contains(text), "{query}: {shown}");
        }
    };
    says("", "No one else has joined yet. Share this site’s address").await;
    Account::register(&server, "bob").await;
    Account::register(&server, "carol").await;
    says("", "Choose a person, or add several").await;
    says("?q=zzz", "No one matches “zzz”.").await;
    says("?with=bob", "Start the conversation, or add more people.").await;
    says(
        "?with=bob&q=bo",
        "You’ve already added everyone who matches “bo”.",
    )
    .await;
    says(
        "?with=bob&with=carol",
        "You’ve added everyone. Start the conversation.",
    )
    .await;
    for number in 0..40 {
        Account::register(&server, &format!("aa{number:02}")).await;
    }
    // The whole first page of the list is chosen; the next one is shown.
    let chosen: Vec<String> = (0..18).map(|number| format!("aa{number:02}")).collect();
    let query = format!("/directs/new?with={}", chosen.join("+"));
    let page = ada.page(&query).await.expect(200).text();
    assert!(page.contains("value=\"aa18\""), "others can be added");
    let full = format!("{query}+aa18");
    let page = ada.page(&full).await.expect(200).text();
    assert!(text_of(&page).contains("This conversation is full."));
    // Without scripts: the button of a person opens the conversation, "Add" chooses them.
    let page = ada.page("/directs/new?q=bob").await.expect(200).text();
    assert!(
        page.contains("value=\"bob\" formaction=\"/directs\" formmethod=\"post\""),
        "{page}"
    );
    let opened = ada.submit("/directs", &[("with", "bob")]).await.expect(303);
    assert!(opened.header("location").starts_with("/rooms/"));
}
