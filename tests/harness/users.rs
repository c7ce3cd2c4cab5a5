//! Many accounts at once, written straight into the database.

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};

use super::account::{Account, PASSWORD};
use super::server::Server;

impl Server {
    /// Adds `count` members to the first room and logs them in. Restarts the server.
    pub async fn register_many(&mut self, count: usize) -> Vec<Account> {
        self.stop();
        let path = self.data().join("chatterbox.db").display().to_string();
        let mut conn = SqliteConnection::establish(&path).expect("the database");
        let hash = bcrypt::hash(PASSWORD, 4).expect("a hash");
        // None of these letters looks like another one.
        let letter = |number: usize| char::from(b'a' + (number % 8) as u8);
        let name = |number: usize| [number / 64, number / 8, number].map(letter);
        let names: Vec<String> = (0..count)
            .map(|number| format!("crowd{}", String::from_iter(name(number))))
            .collect();
        for name in &names {
            let (key, look) = (chatterbox::accounts::fold(name), name.to_uppercase());
            conn.batch_execute(&format!(
                "INSERT INTO users (username, username_key, username_look, password_hash, created_at)
                 VALUES ('{name}', '{key}', '{look}', '{hash}', 1);
                 INSERT INTO members (room_id, user_id, joined_at) VALUES (1, last_insert_rowid(), 1);"
            ))
            .expect("a user");
        }
        drop(conn);
        self.start_again();
        let mut people = Vec::with_capacity(count);
        for name in &names {
            people.push(Account::log_in(self, name).await);
        }
        people
    }
}
