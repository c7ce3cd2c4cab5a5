//! Lists of the files of a room and of a person.

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::database::{connect, number};
use crate::harness::server::Server;
use crate::harness::uploads::png;

const MP4: &[u8] = b"\0\0\0\x18ftypisom\0\0\0\0isommp41";
const WAV: &[u8] = b"RIFF\x24\0\0\0WAVEfmt ";

/// Names in a list, in its order.
async fn names(reader: &Account, path: &str) -> Vec<String> {
    names_of(&reader.get(path).await.expect(200).json())
}

fn names_of(list: &Value) -> Vec<String> {
    let files = list["files"].as_array().expect("a list").iter();
    let name = |file: &Value| file["name"].as_str().expect("a name").to_owned();
    files.map(name).collect()
}

#[tokio::test]
async fn a_room_lists_its_files_newest_first_by_kind_and_by_name() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    ada.share(1, "Übersicht 100%.txt", b"text").await;
    ada.share(1, "film.mp4", MP4).await;
    ada.share(1, "song.wav", WAV).await;
    let (one, two) = (
        ada.upload("one.png", &png(8, 8)).await,
        ada.upload("under_score.pdf", b"%PDF-1.7\n").await,
    );
    let message = ada.post_files(1, "both", &[&one, &two]).await;
    ada.upload("unposted.txt", b"x").await;
    let all = [
        "one.png",
        "under_score.pdf",
        "song.wav",
        "film.mp4",
        "Übersicht 100%.txt",
    ];
    for (query, expected) in [
        ("", &all[..]),
        ("?kind=image", &all[..1]),
        ("?kind=video", &all[3..4]),
        ("?kind=audio", &all[2..3]),
        ("?kind=document", &["under_score.pdf", "Übersicht 100%.txt"]),
        ("?kind=nonsense", &all[..]),
        ("?q=UBERSICHT", &all[4..]),
        ("?q=%25", &all[4..]),
        ("?q=_", &all[1..2]),
        ("?q=%5C", &[]),
        ("?q=s&kind=audio", &all[2..3]),
        ("?skip=3", &all[3..]),
        ("?skip=9223372036854775807", &[]),
    ] {
        assert_eq!(
            names(&ada, &format!("/rooms/1/files{query}")).await,
            expected,
            "{query}"
        );
    }
    let list = ada.get("/rooms/1/files").await.expect(200).json();
    let first = &list["files"][0];
    assert_eq!(
        (
            &first["message"],
            &first["room"],
            &first["author"]["username"]
        ),
        (&message["id"], &json!(1), &json!("ada"))
    );
    assert_eq!(
        (&first["kind"], &list["more"]),
        (&json!("image"), &json!(false))
    );
    ada.get("/rooms/1/files?skip=x").await.expect(422);
}

#[tokio::test]
async fn long_lists_have_pages() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    for at in 0..41 {
        ada.share(1, &format!("{at}.txt"), b"x").await;
    }
    for path in ["/rooms/1/files", "/people/ada/files"] {
        let first = ada.get(path).await.expect(200).json();
        assert_eq!((names_of(&first).len(), &first["more"]), (40, &json!(true)));
        assert_eq!(names(&ada, &format!("{path}?skip=40")).await, ["0.txt"]);
        let browser = ada.browser().await;
        let page = browser
            .page(&format!("{path}?view=list"))
            .await
            .expect(200)
            .text();
        let next = format!("{path}?view=list&#38;skip=40");
        assert!(page.contains(&next), "the next page of the same view");
    }
}

#[tokio::test]
async fn outsiders_and_removed_members_see_no_list_of_a_room() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let eve = Account::register(&server, "eve").await;
    let room = ada.create_room("secret", "closed").await;
    ada.invite(room, "bob").await;
    ada.share(room, "plan.txt", b"plan").await;
    let path = format!("/rooms/{room}/files");
    assert_eq!(names(&bob, &path).await, ["plan.txt"]);
    let missing = eve.get("/rooms/999/files").await.expect(404);
    assert_eq!(eve.get(&path).await.expect(404).bytes, missing.bytes);
    ada.remove_member(room, "bob").await;
    bob.get(&path).await.expect(404);
    let stranger = crate::harness::browser::Browser::new(&server.origin());
    stranger.page(&path).await.expect(303);
}

#[tokio::test]
async fn the_files_of_a_person_are_those_in_rooms_of_the_reader() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let eve = Account::register(&server, "eve").await;
    let shared = ada.create_room("shared", "closed").await;
    ada.invite(shared, "bob").await;
    let direct = ada.direct(&["bob"]).await;
    let alone = ada.create_room("alone", "closed").await;
    let open = ada.create_room("open", "open").await;
    for (room, name) in [
        (1, "lobby.txt"),
        (shared, "shared.txt"),
        (direct, "direct.txt"),
        (alone, "alone.txt"),
        (open, "open.txt"),
    ] {
        ada.share(room, name, b"x").await;
    }
    bob.share(shared, "of-bob.txt", b"x").await;
    let path = "/people/ada/files";
    let own = [
        "open.txt",
        "alone.txt",
        "direct.txt",
        "shared.txt",
        "lobby.txt",
    ];
    assert_eq!(names(&ada, path).await, own);
    assert_eq!(names(&bob, path).await, own[2..]);
    assert_eq!(
        names(&eve, path).await,
        own[4..],
        "an open room that she has not joined is left out"
    );
    assert_eq!(names(&eve, "/people/ADA/files?q=alone").await, [""; 0]);
    let page = eve.browser().await.page(path).await.expect(200).text();
    assert!(
        page.contains("lobby.txt") && !page.contains("shared.txt"),
        "{page}"
    );
    ada.remove_member(shared, "bob").await;
    assert_eq!(names(&bob, path).await, [own[2], own[4]]);
    bob.get("/people/nobody/files").await.expect(404);
}

#[tokio::test]
async fn files_of_deleted_messages_and_rooms_leave_the_lists() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let room = ada.create_room("short", "open").await;
    ada.share(room, "a.txt", b"x").await;
    let id = ada.upload("b.txt", b"x").await;
    let message = ada.post_files(1, "", &[&id]).await;
    assert_eq!(names(&ada, "/people/ada/files").await, ["b.txt", "a.txt"]);
    let path = format!("/rooms/1/messages/{}", message["id"]);
    ada.send("DELETE", &path, &json!({})).await.expect(200);
    assert_eq!(names(&ada, "/rooms/1/files").await, [""; 0]);
    let deletion = json!({"name": "short"});
    ada.send("DELETE", &format!("/rooms/{room}"), &deletion)
        .await
        .expect(204);
    assert_eq!(names(&ada, "/people/ada/files").await, [""; 0]);
}

#[tokio::test]
async fn pages_show_odd_names_as_text_and_say_what_to_do_when_they_are_empty() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    let empty = browser.page("/rooms/1/files").await.expect(200).text();
    assert!(empty.contains("No files yet. Files that people post in this room show up here."));
    let empty = browser
        .page("/rooms/1/files?kind=video")
        .await
        .expect(200)
        .text();
    assert!(empty.contains("No videos here yet."));
    let empty = browser
        .page("/people/ada/files?q=%3Cb%3E")
        .await
        .expect(200)
        .text();
    assert!(empty.contains("No files match “&#60;b&#62;”."));
    ada.share(1, "<script>alert(1)<-script>\u{202E}.txt", b"x")
        .await;
    ada.share(1, "a\"b'&.png", &png(8, 8)).await;
    for view in ["", "?view=list"] {
        let page = browser
            .page(&format!("/rooms/1/files{view}"))
            .await
            .expect(200)
            .text();
        assert!(
            page.contains("&#60;script&#62;alert(1)&#60;-script&#62;.txt"),
            "{page}"
        );
        assert!(!page.contains("<script>alert"), "{page}");
        assert!(page.contains("a&#34;b&#39;&#38;.png"), "{page}");
    }
    let profile = browser.page("/people/ada").await.expect(200).text();
    assert!(profile.contains("href=\"/people/ada/files\""));
    let room = browser.page("/rooms/1").await.expect(200).text();
    assert!(room.contains("href=\"/rooms/1/files\""));
}

/// Without these indexes a list of 100,000 files would be sorted for each page.
#[tokio::test]
async fn lists_are_read_from_an_index_in_their_order() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    ada.share(1, "a.txt", b"x").await;
    let mut conn = connect(&server.data());
    let of_person = "user_id = 1 AND room_id IN (SELECT room_id FROM members WHERE user_id = 1)";
    for (index, filter) in [
        ("files_of_room", "room_id = 1"),
        ("files_of_room_by_kind", "room_id = 1 AND kind = 1"),
        ("files_of_person", of_person),
        (
            "files_of_person_by_kind",
            &format!("{of_person} AND kind = 1"),
        ),
    ] {
        let query = format!(
            "SELECT id FROM files WHERE message_id IS NOT NULL AND {filter} \
             ORDER BY message_id DESC, place LIMIT 41"
        );
        let plan = plan(&mut conn, &query);
        assert!(plan.contains(&format!("INDEX {index} ")), "{plan}");
        assert!(!plan.contains("TEMP B-TREE FOR ORDER"), "{plan}");
    }
    assert_eq!(number(&mut conn, "SELECT kind AS number FROM files"), 4);
}

/// The steps of a query.
fn plan(conn: &mut diesel::SqliteConnection, query: &str) -> String {
    use diesel::RunQueryDsl;
    #[derive(diesel::QueryableByName)]
    struct Step {
        #[diesel(sql_type = diesel::sql_types::Text)]
        detail: String,
    }
    let steps: Vec<Step> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {query}"))
        .load(conn)
        .expect("a plan");
    let steps: Vec<String> = steps.into_iter().map(|step| step.detail).collect();
    steps.join("\n")
}
